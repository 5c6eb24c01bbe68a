import { describe, expect, it } from "vitest";
import { readsInScript } from "./script-reads.ts";
import { readsInText } from "./text-reads.ts";

const names = (text: string, file = "src/a.ts") => readsInScript({ file, text }).reads.map((read) => read.name);

describe("readsInScript", () => {
  it.each([
    ["process.env.A", ["A"]],
    ["process.env['A']; process.env[`B`]; process['env'].C", ["A", "B", "C"]],
    [
      "process?.env?.A; (process.env).B; process.env!.C!; (process.env as X).D; (<X>process.env).E",
      ["A", "B", "C", "D", "E"],
    ],
    ["const { A, B: b = 'x', ['C']: c, ...rest } = process.env", ["A", "B", "C"]],
    ["let A; ({ A } = process.env)", ["A"]],
    ["const env = process.env; const { A } = env; env.B; env['C']", ["A", "B", "C"]],
    ["const env = { ...process.env }; env.A", ["A"]],
    ["const e = globalThis.process.env; e.A", ["A"]],
    ["import { env } from 'node:process'; env.A", ["A"]],
    ["import { env as e } from 'process'; e.A", ["A"]],
    ["import p from 'node:process'; p.env.A", ["A"]],
    ["import * as p from 'node:process'; p.env.A", ["A"]],
    ["const p = require('process'); p.env.A; const { env } = process; env.B", ["A", "B"]],
    ["import.meta.env.A; const { B } = import.meta.env", ["A", "B"]],
    ["function f(env = process.env) { return env.A }", ["A"]],
    ["const f = ({ A, B } = process.env) => A", ["A", "B"]],
    ["export function f(env: NodeJS.ProcessEnv) { return env.A }", ["A"]],
    ["class C { constructor(private env: NodeJS.ProcessEnv) { env.A } }", ["A"]],
    ["if ('A' in process.env) {}", ["A"]],
    ["`${process.env.A}`; f`${process.env.B}`", ["A", "B"]],
    ["const NAME = 'A'; process.env[NAME]", ["A"]],
    ["process.env.A ??= 'x'; process.env.B += 'x'", ["A", "B"]],
    ["const v = z.object({ A: z.string(), B: z.coerce.number().default(1) }).parse(process.env)", ["A", "B"]],
    ["const S = z.object({ A: z.string() }).extend({ B: z.string() }); S.strict().safeParse(process.env)", ["A", "B"]],
    [
      "const Base = z.object({ A: x }); const S = Base.merge(z.object({ B: x })); S.parse({ ...process.env, EXTRA: '1' })",
      ["A", "B"],
    ],
    ["cleanEnv(process.env, { A: str() })", ["A"]],
    ["createEnv({ server: { A: z.string() }, runtimeEnv: process.env })", ["A"]],
    ["readVariable(process.env, 'A')", ["A"]],
    ["if (true) { const env = process.env; switch (1) { case 1: env.A } }", ["A"]],
  ])("%s", (text, expected) => expect([...new Set(names(text))]).toEqual(expected));

  it.each([
    "// process.env.A\n/* process.env.B */",
    "'process.env.A'; `process.env.B`",
    "const r = /process.env.A/",
    "process.env.A = '1'; delete process.env.B",
    "Object.assign(process.env, { A: '1' })",
    "const env = other; env.A",
    "const env = process.env; function f(env: Config) { return env.A }",
    "const env = process.env; { const env = {}; env.A }",
    "{ const env = process.env } env.A",
    "function f(process) { return process.env.A }",
    "type T = typeof process.env.A; interface I { A: string }",
    "spawn('x', [], { env: { ...process.env, A: '1' } })",
    "const env = process.env; run(env)",
    "config.env.A; this.env.B",
  ])("reads nothing in %s", (text) => expect(names(text)).toEqual([]));

  it("says where, in lines and columns", () => {
    const { reads } = readsInScript({
      file: "src/a.ts",
      text: "// é😀\nconst a = 1;\n  f(process.env.LATER);\r\nprocess.env.B",
    });
    expect(reads).toEqual([
      { name: "LATER", file: "src/a.ts", line: 3, column: 17 },
      { name: "B", file: "src/a.ts", line: 4, column: 13 },
    ]);
  });

  it("knows functions that read the variable they are told, and the calls", () => {
    const { readers, calls, dynamic } = readsInScript({
      file: "src/a.ts",
      text: "function required(fallback: string, name: string) { return process.env[name] }\nrequired('x', 'DATABASE_URL'); process.env[`X_${y}`]",
    });
    expect(readers).toEqual([{ name: "required", parameter: 1 }]);
    expect(calls).toMatchObject([{ callee: "required", argument: 1, read: { name: "DATABASE_URL", line: 2 } }]);
    expect(dynamic).toMatchObject([{ line: 2, column: 32 }]);
  });

  it("reads JSX, decorators, JavaScript and modules of every ending", () => {
    expect(names("export const A = () => <p>{process.env.A}</p>", "a.tsx")).toEqual(["A"]);
    expect(names("@D() class X { @P() y = process.env.A }", "a.mts")).toEqual(["A"]);
    expect(names("module.exports = process.env.A", "a.cjs")).toEqual(["A"]);
    expect(names("const a = <div>{process.env.B}</div>", "a.jsx")).toEqual(["B"]);
  });

  it("says when it does not understand a file", () => {
    expect(readsInScript({ file: "a.ts", text: "const = ((( process.env.A" }).understood).toBe(false);
    expect(readsInScript({ file: "a.ts", text: "" }).understood).toBe(true);
  });
});

describe("readsInText", () => {
  const read = (language: "python" | "go", text: string) => readsInText({ file: "a", text, language });

  it("reads Python", () => {
    const text = [
      "import os # os.environ['NO']",
      '"""os.environ["NO"]"""',
      "a = os.environ['A']; b = os.environ.get(\"B\", 'x'); c = os.getenv('C')",
      "from os import environ, getenv",
      "d = environ['D']; e = getenv ( 'E' ); f = '#'; g = os.environ['G']",
      "os.environ['SET'] = '1'",
      "h = os.environ[name]",
    ].join("\n");
    const { reads, dynamic } = read("python", text);
    expect(new Set(reads.map(({ name, line }) => `${name}:${line}`))).toEqual(
      new Set(["A:3", "B:3", "C:3", "D:5", "E:5", "G:5"]),
    );
    expect(dynamic.map(({ line }) => line)).toEqual([7]);
  });

  it("reads Go", () => {
    const text =
      '// os.Getenv("NO")\n/* os.Getenv("NO") */\na := os.Getenv("A")\nb, ok := os.LookupEnv(`B`)\nu := "http://x" + os.Getenv("C")\nos.Getenv(name)';
    const { reads, dynamic } = read("go", text);
    expect(reads.map(({ name, line }) => `${name}:${line}`)).toEqual(["A:3", "B:4", "C:5"]);
    expect(dynamic.map(({ line }) => line)).toEqual([6]);
  });
});
