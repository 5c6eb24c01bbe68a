import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import { readVariables } from "./read-variables.ts";
import { referenceEnvironment } from "./reference-environment.ts";
import { createResolver } from "./resolve-reference.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-references-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;
const env = { PATH: process.env.PATH ?? "", ...(process.env.HOME === undefined ? {} : { HOME: process.env.HOME }) };

/** A program in one line of JavaScript; `reference` is its argument. */
const asked = (script: string, reference = "op://a/b", timeout = 20_000) => ({
  text: reference,
  argv: [process.execPath, "-e", script, reference] as const,
  timeout,
  command: "op read {reference}",
});
const resolver = () => createResolver({ cwd: folder, env, signal });
const say = (text: string) => `process.stdout.write(${JSON.stringify(text)})`;

describe("a reference", () => {
  it.each([
    ["hunter2\n", "hunter2"],
    ["hunter2\r\n", "hunter2"],
    ["two\nlines\n\n", "two\nlines\n"],
    ["  spaces  ", "  spaces  "],
    ["\u{1F6F6} $(id) '\"", "\u{1F6F6} $(id) '\""],
  ])("is what its command says, without one newline: %j", async (said, value) => {
    expect(await resolver()(asked(say(said)))).toEqual({ kind: "value", value });
  });

  it.each([
    ["fails", `${say("hunter2")};console.error("hunter2");process.exitCode=7`, /exit code 7/],
    ["says nothing", "", /nothing/],
    ["says a NUL byte", say("a\0b"), /NUL/],
    ["says no text", "process.stdout.write(Buffer.from([255,254]))", /UTF-8/],
    ["says too much", 'process.stdout.write("x".repeat(140000))', /128 KiB/],
    ["never ends to say", `const say=()=>process.stdout.write("x".repeat(65536),say);say()`, /128 KiB/],
    ["dies", "process.kill(process.pid,'SIGKILL')", /killed/],
  ])("has no value where its command %s, and nothing of what it said is told", async (_, script, why) => {
    const answer = await resolver()(asked(script));
    expect(answer).toEqual({ kind: "unresolved", why: expect.stringMatching(why) });
    expect(JSON.stringify(answer)).not.toContain("hunter2");
  });

  it("waits no longer than it may, and misses a program by its word", async () => {
    expect(await resolver()(asked("setInterval(()=>{},1000)", "op://a/b", 300))).toMatchObject({
      why: "said nothing within 0.3 s",
    });
    const missing = { ...asked(""), argv: [join(folder, "nowhere")] as const };
    expect(await resolver()(missing)).toMatchObject({ why: expect.stringMatching(/not installed/) });
  });

  it("is asked for once, and several side by side", async () => {
    // Each says its word when it has seen the other begin: one after the other, they would wait for ever.
    const script = `const fs=require("fs");const [me,other]=process.argv[1].split(",");fs.appendFileSync(me,"x");(function look(){fs.existsSync(other)?process.stdout.write(me):setTimeout(look,10)})()`;
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    const resolve = resolver();
    const answers = await Promise.all(
      [`${a},${b}`, `${b},${a}`, `${a},${b}`].map((one) => resolve(asked(script, one))),
    );
    expect(answers.map((answer) => answer.kind === "value" && answer.value)).toEqual([a, b, a]);
    await resolve(asked(script, `${a},${b}`));
    expect([a, b].map((file) => readFileSync(file, "utf8"))).toEqual(["x", "x"]);
  });

  it("is resolved by a command that sees no other secret of Sampan's", () => {
    const fleet = {
      ci: { provider: "gitea", api: "https://git.example", repository: "a/b", token: "CI_READS" },
      store: { kind: "variable", name: "STORE_URL" },
      notify: [{ kind: "slack", url: "HOOK", on: ["halted"], environments: null }],
    } as const;
    const given = {
      PATH: "/bin",
      VAULT_TOKEN: "t",
      SAMPAN_HOME: "/h",
      SAMPAN_AGE_KEY: "k",
      SAMPAN_PRODUCTION__BLOG__API_TOKEN: "s",
      CI_READS: "c",
      HOOK: "h",
      STORE_URL: "u",
    };
    expect(referenceEnvironment(given, fleet)).toEqual({ PATH: "/bin", VAULT_TOKEN: "t", SAMPAN_HOME: "/h" });
  });
});

describe("variables that are references", () => {
  const script = join(folder, "vault.cjs");
  writeFileSync(
    script,
    `const [,, path] = process.argv;
if (path === "vault://closed") { console.error("kanarie-of-the-vault"); process.exit(3); }
console.log("value of " + path);`,
  );
  const reading = (file: string, more: Partial<Parameters<typeof readVariables>[0]> = {}) => {
    writeFileSync(join(folder, "staging.env"), file);
    const fleet = {
      ...fleetFor(folder, { variables: ["staging.env"] }),
      references: [{ prefix: "vault://", command: [process.execPath, script, "{reference}"], timeout: 20_000 }],
    };
    const identities = { keys: [], passphrases: [], from: "" };
    return readVariables({
      ...{ fleet, environment: "staging", service: "blog", processEnv: {}, ageIdentities: identities, signal },
      resolve: resolver(),
      ...more,
    });
  };

  it("have the value, and are secrets whatever they are called", async () => {
    const read = await reading("COLOR=vault://color\nPLAIN=green\n");
    if (read.kind === "problems") throw new Error(JSON.stringify(read.problems));
    expect(read.variables.variables).toMatchObject([
      {
        name: "COLOR",
        value: "value of vault://color",
        secret: true,
        source: { file: "staging.env", line: 1 },
        reference: { text: "vault://color", problem: null },
      },
      { name: "PLAIN", value: "green", secret: false, reference: null },
    ]);
  });

  it("that cannot be resolved are named with their command, each of them, and never with what it said", async () => {
    const read = await reading("A=vault://closed\nB=vault://open\nC=vault://\n");
    expect(read).toMatchObject({
      kind: "problems",
      problems: [
        {
          code: "unresolved-reference",
          file: "staging.env",
          line: 1,
          message: expect.stringMatching(/^A .*exit code 3$/),
        },
        { code: "unresolved-reference", file: "staging.env", line: 3, message: expect.stringMatching(/^C /) },
      ],
      found: [
        { name: "A", value: "", secret: true },
        { name: "B", value: "value of vault://open" },
        { name: "C", value: "", secret: true },
      ],
    });
    expect(JSON.stringify(read)).not.toContain("kanarie");
  });

  it("are not asked for where names are enough", async () => {
    const read = await reading("A=vault://closed\n", { resolve: null });
    expect(read).toMatchObject({ variables: { variables: [{ name: "A", value: "", reference: { problem: null } }] } });
  });
});
