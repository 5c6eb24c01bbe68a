import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const entry = fileURLToPath(new URL("end-process.ts", import.meta.url));
const ended = (holds: string) => {
  const program = `import { endProcess } from ${JSON.stringify(entry)}; ${holds}; endProcess(7);`;
  const { status, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 });
  return { status, signal };
};

test.each([
  ["nothing", ""],
  ["a server that listens", "(await import('node:net')).createServer().listen(0)"],
  ["a timer", "setInterval(() => {}, 1000)"],
])("a process ends with its code whatever holds it: %s", (_, holds) => {
  expect(ended(holds)).toEqual({ status: 7, signal: null });
});

test("what nothing holds is not waited for", () => {
  const program = `import { endProcess } from ${JSON.stringify(entry)};
    setTimeout(() => process.stdout.write("lingered"), 400).unref(); endProcess(0);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(stdout).toBe("");
});
