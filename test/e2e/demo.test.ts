import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import type { DemoDocument } from "../../src/demo/demo.ts";
import { sampan } from "../sampan.ts";

const demoFolders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("sampan-demo-"));

/** Processes that still name a demo's folder in their command line. */
const left = (folder: string): readonly string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
      } catch {
        return false;
      }
    });

it("tells its whole story: seven releases, one thrown back, no request lost, nothing left", {
  timeout: 600_000,
}, async () => {
  const before = new Set(demoFolders());
  const ran = await sampan(["demo", "--json"], { cwd: tmpdir(), env: process.env });

  expect({ code: ran.code, stderr: ran.code === 0 ? "" : ran.stderr.slice(-4000) }).toEqual({ code: 0, stderr: "" });
  // Proven before it is planned, on staging for production as well; filled in after it is verified, in both.
  expect(ran.stderr.match(/✓ prove content old-on-new: artifact/g)).toHaveLength(1);
  expect(ran.stderr.match(/✓ content\.backfill .*0004_first_summaries/g)).toHaveLength(2);
  const document = ran.json() as DemoDocument;
  expect(document.releases.map(({ environment, status }) => `${environment} ${status}`)).toEqual([
    "staging verified",
    "production verified",
    "staging verified",
    "production verified",
    "staging rolled-back",
    "staging verified",
    "production verified",
  ]);
  const changed = document.releases.map(({ services }) =>
    services
      .filter(({ status }) => status !== "unchanged")
      .map(({ name }) => name)
      .sort(),
  );
  expect(changed[2]).toEqual(["blog", "content", "points"]);
  expect(changed[4]).toEqual(["blog"]);
  expect(changed[5]).toEqual(["atlas", "pulse"]);
  const versions = (nth: number) =>
    Object.fromEntries(document.releases[nth]?.services.map(({ name, to }) => [name, to]) ?? []);
  for (const [name, to] of Object.entries(versions(6))) expect({ name, to }).toEqual({ name, to: versions(1)[name] });
  expect(document.requests.lost).toBe(0);
  expect(document.requests.served).toBeGreaterThan(1000);
  expect(document.kept).toBeNull();
  expect(demoFolders().filter((name) => !before.has(name))).toEqual([]);
  expect(left("sampan-demo-").filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
});
