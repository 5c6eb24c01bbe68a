import { expect, test } from "vitest";
import { tellingLine } from "./last-lines.ts";

test.each([
  [["listening", "exec /program: exec format error"], "exec /program: exec format error"],
  [["Error: no such table", "    at run (server.js:1)", "", "Node.js v24.1.0"], "Error: no such table"],
  [["panic: nil map", "", "goroutine 1 [running]:"], "panic: nil map"],
  [["one", "two", " "], "two"],
  [['{"level":30,"msg":"answered","status":401}'], null],
  [
    ['{"level":50,"msg":"out of disk"}', '{"level":"info","msg":"stopped, no failure"}'],
    '{"level":50,"msg":"out of disk"}',
  ],
  [[], null],
])("of %j, %j tells why it ended", (lines, telling) => {
  expect(tellingLine(lines)).toBe(telling);
});
