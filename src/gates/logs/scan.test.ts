import { expect, test } from "vitest";
import type { LogsSpec } from "../../fleet/fleet.ts";
import { rulesOf } from "./rules.ts";
import { Scan } from "./scan.ts";
import { signatureOf } from "./signature.ts";

function found(lines: readonly string[], spec: Partial<LogsSpec> = {}): readonly string[] {
  const rules = rulesOf({ watch: 0, critical: [], ignore: [], ...spec });
  if (typeof rules === "string") throw new Error(rules);
  const scan = new Scan(rules);
  for (const line of lines) scan.push(line);
  scan.flush();
  return [...scan.signatures.keys()];
}

test.each([
  ['{"level":50,"msg":"lost"}'],
  ['{"level":60,"msg":"lost"}'],
  ['{"level":"error","msg":"lost"}'],
  ['{"level":"ERROR","message":"lost"}'],
  ['{"severity":"Critical","message":"lost"}'],
  ['{"lvl":"fatal","msg":"lost"}'],
  ['{"log.level":"emerg","message":"lost"}'],
  ['{"log":{"level":"alert"},"message":"lost"}'],
  ['{"level":"panic","msg":"lost"}'],
  ['{"severity":"SEVERE","msg":"lost"}'],
  ['{"time":1,"level":"50","msg":"lost"}'],
])("a line of level error or worse is critical: %s", (line) => {
  expect(found([line])).toEqual(["lost"]);
});

test.each([
  ['time="2026-01-01T00:00:00Z" level=error msg="lost"'],
  ["2026-01-01 10:00:00,123 ERROR [main] lost"],
  ["[ERROR] lost"],
  ["[Nest] 12  - 01/01/2026, 10:00:00 AM   ERROR [Module] lost"],
  ["error: lost"],
  ["\u001b[31mERROR\u001b[39m lost"],
  ['{"level":"error","msg":"cut off in the mid'],
  ['Exception in thread "main" java.lang.IllegalStateException: lost'],
  ["panic: runtime error: index out of range"],
  ["thread 'main' panicked at src/main.rs:1:1"],
  ["[UnhandledPromiseRejection: This error originated either by throwing]"],
  ["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"],
])("so is one in plain text: %s", (line) => {
  expect(found([line])).toHaveLength(1);
});

test.each([
  ['{"level":30,"msg":"0 errors, fatal: none"}'],
  ['{"level":"info","msg":"error budget is fine","err":null}'],
  ['{"level":40,"msg":"Exception handled"}'],
  ['{"severity":"info","message":"x","levels":50}'],
  ["GET /errors/fatal 200 in 50 ms"],
  ["INFO  handled an ERROR page"],
  ["0 errors found"],
  ["(node:12) DeprecationWarning: the Error class"],
  ["\u0000\ufffd\ufffd binary error"],
  ["{not json error"],
  ["null"],
  [""],
])("and this is not: %s", (line) => {
  expect(found([line])).toEqual([]);
});

test("stack traces are one entry each: Node, Python, Java, Go", () => {
  const node = [
    "/app/main.js:3",
    '    throw new Error("boom 12");',
    "    ^",
    "",
    "Error: boom 12",
    "    at Object.<anonymous> (/app/main.js:3:9)",
    "    at node:internal/main/run_main_module:1:1 {",
    "  code: 'E'",
    "}",
    "",
    "Node.js v24.0.0",
  ];
  expect(found(node)).toEqual(["Error: boom <n>"]);
  const python = [
    "Traceback (most recent call last):",
    '  File "a.py", line 1, in <module>',
    "    main()",
    "ValueError: bad value 7",
    "done",
  ];
  expect(found(python)).toEqual(["ValueError: bad value <n>"]);
  const java = [
    "2026-01-01 10:00:00 java.lang.IllegalStateException: no pool",
    "\tat com.example.Main.run(Main.java:10)",
    "Caused by: java.net.ConnectException: Connection refused",
    "\t... 12 more",
  ];
  expect(found(java)).toEqual(["java.lang.IllegalStateException: no pool"]);
  const go = [
    "panic: assignment to entry in nil map",
    "",
    "goroutine 1 [running]:",
    "main.main()",
    "\t/app/main.go:5 +0x1d",
    "exit status 2",
  ];
  expect(found(go)).toEqual(["panic: assignment to entry in nil map"]);
});

test("a console.trace, and a warning with a stack, are no errors", () => {
  expect(found(["Trace: here", "    at new TypeError (/a.js:1:1)", "    at next (/a.js:2:2)"])).toEqual([]);
  expect(found(["(node:1) Warning: a possible EventEmitter leak of Error", "    at a (/a.js:1:1)"])).toEqual([]);
});

test("what an error object says belongs to the signature: the same words about different errors differ", () => {
  const line = (message: string) =>
    JSON.stringify({ level: 50, msg: "request failed", err: { type: "TypeError", message } });
  expect(found([line("a is undefined"), line("b is undefined"), line("a is undefined")])).toHaveLength(2);
});

test("patterns of the fleet file: expressions, regular expressions, ignored ones", () => {
  const warning = '{"level":"warn","msg":"slow"}';
  expect(found([warning], { critical: ["level>=warn"] })).toEqual(["slow"]);
  expect(found([warning], { critical: ["level>=40"] })).toEqual(["slow"]);
  expect(found(['{"level":50,"msg":"x"}'], { critical: ["level >= fatal"] })).toEqual([]);
  expect(found(["the killer said OutOfMemory"], { critical: ["OutOfMemory"] })).toHaveLength(1);
  expect(found(['{"level":50,"msg":"deprecated call"}'], { ignore: ["deprecated"] })).toEqual([]);
  expect(found(["Error: deprecated", "    at a (b:1:1)"], { ignore: ["deprecated"] })).toEqual([]);
  expect(rulesOf({ watch: 0, critical: ["("], ignore: [] })).toBe("(");
  expect(rulesOf({ watch: 0, critical: ["level>=loud"], ignore: [] })).toBe("level>=loud");
});

test("signatures forget numbers, ids, times and quoted text, and nothing else", () => {
  const same = [
    'user 12 of "Anna" not found at 2026-01-02T03:04:05.678Z (req 550e8400-e29b-41d4-a716-446655440000, 0xdeadbeef)',
    'user 9 of "Bo" not found at 2025-12-31T23:59:59Z (req 123e4567-e89b-12d3-a456-426614174000, 0xcafe)',
  ];
  expect(new Set(same.map(signatureOf)).size).toBe(1);
  expect(signatureOf("cannot read the deadline of a facade")).toBe("cannot read the deadline of a facade");
  expect(signatureOf("it doesn't work and can't")).toBe("it doesn't work and can't");
  expect(signatureOf("commit 1a2b3c4d5e failed")).toBe("commit <id> failed");
});

test("no line is too long, and too many signatures are only counted", () => {
  const rules = rulesOf({ watch: 0, critical: [], ignore: [] });
  if (typeof rules === "string") throw new Error(rules);
  const scan = new Scan(rules);
  scan.push(`{"level":50,"msg":"${"x".repeat(10_000_000)}"}`);
  const letters = (n: number): string =>
    n.toString(26).replace(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));
  for (let index = 0; index < 2000; index += 1) scan.push(`ERROR kind ${letters(index)}`);
  scan.flush();
  expect(scan.signatures.size).toBe(500);
  expect(scan.beyond).toBe(1501);
});
