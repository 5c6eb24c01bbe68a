import { isDeepStrictEqual } from "node:util";
import type { SmokeCheck } from "../../fleet/fleet.ts";
import type { BoundedAnswer } from "../../io/bounded-request.ts";
import { ABSENT, atJsonPath } from "./json-path.ts";

type Expect = Extract<SmokeCheck, { kind: "request" }>["expect"];

/** What is not as expected, in words; null when all is. */
export function judgeAnswer(answer: BoundedAnswer, expect: Expect): string | null {
  if (answer.kind === "none") return `expected ${expect.status}, got none: ${answer.message}`;
  if (answer.status !== expect.status) return `expected ${expect.status}, got ${answer.status}`;
  for (const [name, value] of Object.entries(expect.headers)) {
    const got = answer.headers[name.toLowerCase()];
    const text = Array.isArray(got) ? got.join(", ") : got;
    // `application/json` is meant to match `application/json; charset=utf-8` too.
    if (text !== value && text?.split(";")[0]?.trim() !== value) {
      return `expected header ${name}: ${value}, got ${text ?? "none"}`;
    }
  }
  const wanted = Object.entries(expect.json);
  if (wanted.length > 0) {
    let document: unknown;
    try {
      document = JSON.parse(answer.body.toString("utf8"));
    } catch {
      return "expected JSON, got a body that is none";
    }
    for (const [path, value] of wanted) {
      const got = atJsonPath(document, path);
      if (!isDeepStrictEqual(got, value)) return `expected ${path} to be ${shown(value)}, got ${shown(got)}`;
    }
  }
  if (expect.latency !== null && answer.took > expect.latency) {
    return `expected an answer within ${expect.latency} ms, got one after ${Math.ceil(answer.took)} ms`;
  }
  return null;
}

const shown = (value: unknown): string => (value === ABSENT ? "nothing" : JSON.stringify(value).slice(0, 200));
