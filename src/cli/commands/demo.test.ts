import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { Refused } from "../../problem.ts";
import { demo } from "./demo.ts";

const made: string[] = [];
const folder = (name: string): string => {
  const outer = mkdtempSync(join(tmpdir(), "sampan-end-"));
  made.push(outer);
  const inside = join(outer, name);
  mkdirSync(join(inside, "state"), { recursive: true });
  return inside;
};
afterEach(() => {
  for (const one of made.splice(0)) rmSync(one, { recursive: true, force: true });
});
const end = (at: string) => demo({ args: [], options: { end: at, json: true }, stop: new AbortController().signal });

it("ends and removes the folder of a demo, and no other", async () => {
  const mine = folder("home");
  await expect(end(mine)).rejects.toBeInstanceOf(Refused);
  await expect(end(join(mine, "nothing"))).rejects.toBeInstanceOf(Refused);
  expect(existsSync(mine)).toBe(true);
  const demos = folder("sampan-demo-0123abcd");
  expect(await end(demos)).toBe(0);
  expect(existsSync(demos)).toBe(false);
});
