import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let folder: string;

/** A repository of its own with this one's lint rules, so that what is planted never stands in the real one. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sampan-boundaries-"));
  execFileSync("git", ["init", "-q", folder]);
  for (const name of ["biome.json", "lint", "node_modules", ".gitignore"])
    symlinkSync(join(root, name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lint(path: string, code: string): Readonly<{ refused: boolean; said: string }> {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${code}\n`);
  const ran = spawnSync(join(root, "node_modules/.bin/biome"), ["lint", "--colors=off", path], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(file);
  return { refused: ran.status !== 0, said: `${ran.stdout}${ran.stderr}` };
}

const use = (specifier: string) => `import { x } from "${specifier}";\nexport const y = x;`;

test.each([
  ["src/plan/planted.ts", use("node:crypto"), "pure function"],
  ["src/plan/planted.ts", use("../io/clock.ts"), "pure function"],
  ["src/plan/planted.ts", use("../engine/execute.ts"), "know data"],
  ["src/plan/deeper/planted.ts", use("../../io/clock.ts"), "pure function"],
  ["src/plan/planted.ts", "export const y = Date.now();", "Time and chance"],
  ["src/plan/planted.ts", "export const y = new Date();", "Time and chance"],
  ["src/plan/planted.ts", "export const y = Math.random();", "Time and chance"],
  ["src/plan/planted.ts", "export const y = performance.now();", "no clock"],
  ["src/plan/planted.ts", "export const y = process.env.HOME;", "no environment"],
  ["src/fleet/planted.ts", use("node:path"), "pure function"],
  ["src/fleet/planted.ts", use("../io/files.ts"), "pure function"],
  ["src/fleet/planted.ts", "export const y = process.env.HOME;", "no environment"],
  ["src/engine/planted.ts", use("../targets/hosted/target.ts"), "plans and journals"],
  ["src/engine/planted.ts", use("../router/router.ts"), "plans and journals"],
  ["src/engine/planted.ts", use("node:fs"), "src/io/"],
  ["src/engine/planted.ts", "export const y = new Date(1);", "Time and chance"],
  ["src/targets/hosted/planted.ts", use("../memory/memory-target.ts"), "do not see each other"],
  ["src/targets/memory/planted.ts", use("../hosted/target.ts"), "do not see each other"],
  ["src/targets/hosted/planted.ts", use("node:fs/promises"), "src/io/"],
  ["src/gates/planted.ts", use("node:child_process"), "src/io/"],
  ["src/gates/planted.ts", use("../cli/program.ts"), "command line"],
  ["src/gates/planted.ts", 'export const y = fetch("http://x");', "src/io/"],
  ["src/cli/planted.ts", use("node:fs"), "src/io/"],
  ["src/agent/planted.ts", use("node:child_process"), "src/io/"],
  ["src/release/planted.ts", "export const y = Math.random();", "Time and chance"],
])("refuses in %s: %s", (path, code, why) => {
  const { refused, said } = lint(path, code);
  expect(said).toContain(why);
  expect(refused).toBe(true);
});

test.each([
  [
    "src/io/planted.ts",
    'import { readFileSync } from "node:fs";\nexport const y = () => [readFileSync("/x"), Date.now(), Math.random()];',
  ],
  [
    "src/plan/planted.ts",
    'import type { Fleet } from "../fleet/fleet.ts";\nexport const y = (fleet: Fleet) => fleet.name;',
  ],
  ["src/targets/hosted/planted.ts", use("../../hosts/host.ts")],
  ["src/gates/planted.test.ts", use("node:fs")],
])("allows in %s what belongs there", (path, code) => {
  expect(lint(path, code)).toMatchObject({ refused: false });
});
