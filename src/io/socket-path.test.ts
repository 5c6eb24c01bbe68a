import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { socketPath } from "./socket-path.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-socket-"));
const long = join(folder, "deep".repeat(30));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(dirname(socketPath(long, "a.sock")), { recursive: true });
});

test("a socket lives in its folder where the kernel allows it", () => {
  expect(socketPath(folder, "agent.sock")).toBe(join(folder, "agent.sock"));
});

test("a folder with a long path gets a short one of its own, for this user only", () => {
  const path = socketPath(long, "agent.sock");
  expect(Buffer.byteLength(path)).toBeLessThan(100);
  expect(socketPath(long, "agent.sock")).toBe(path);
  expect(dirname(socketPath(long, "router.sock"))).toBe(dirname(path));
  expect(dirname(socketPath(`${long}er`, "agent.sock"))).not.toBe(dirname(path));
  rmSync(dirname(socketPath(`${long}er`, "agent.sock")), { recursive: true });
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});
