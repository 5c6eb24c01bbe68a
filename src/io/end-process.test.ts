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

/** What V8 says of its compilers while functions are used until they are hot, before and after a word. */
function compiled(word: string): readonly number[] {
  const program = `import { compileNoMore } from ${JSON.stringify(entry)};
    const use = () => { for (let i = 0; i < 20; i++) {
      const hot = new Function("n", "let s = " + i + "; for (let k = 0; k < n; k++) s += k % 7; return s;");
      for (let k = 0; k < 2000; k++) hot(200);
    } };
    use(); ${word}; console.log("SAID"); use();`;
  const { stdout } = spawnSync(process.execPath, ["--trace-opt", "--input-type=module", "-e", program], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return stdout.split("SAID").map((part) => part.split("compiling method").length - 1);
}

test("no compiler begins anything once it is told not to", () => {
  const [before = 0, after] = compiled("compileNoMore()");
  expect(before).toBeGreaterThan(0);
  expect(after).toBe(0);
  expect(compiled("")[1]).toBeGreaterThan(0);
});
