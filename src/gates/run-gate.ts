import { assertNever } from "../assert-never.ts";
import type { GateSpec } from "../plan/plan.ts";
import type { GateResult } from "./gate.ts";
import { healthGate } from "./health.ts";
import { logsGate } from "./logs/logs.ts";
import { smokeGate } from "./smoke/smoke.ts";
import type { Finding, GateCx, GateSubject } from "./subject.ts";
import { testsGate } from "./tests.ts";
import { trafficGate } from "./traffic/traffic.ts";
import { upGate } from "./up.ts";

const EVIDENCE = 1000;
const DETAIL = 64 * 1024;

/**
 * Runs one gate. What the world does becomes a verdict; it rejects only with the signal's reason (an interrupted gate has no
 * verdict and may be run again), and with what is a bug.
 */
export async function runGate(gate: GateSpec, on: GateSubject, cx: GateCx): Promise<GateResult> {
  cx.signal.throwIfAborted();
  const started = cx.clock.monotonic();
  const found = await find(gate, on, cx);
  cx.signal.throwIfAborted();
  return {
    kind: gate.kind,
    verdict: found.verdict,
    evidence: oneLine(cx.mask(found.evidence)).slice(0, EVIDENCE),
    detail: bounded((found.detail ?? []).map(cx.mask)),
    took: Math.round(cx.clock.monotonic() - started),
  };
}

function find(gate: GateSpec, on: GateSubject, cx: GateCx): Promise<Finding> {
  switch (gate.kind) {
    case "up":
      return upGate(gate, on, cx);
    case "health":
      return healthGate(gate.health, on, cx);
    case "smoke":
      return smokeGate(gate, on, cx);
    case "contract":
      // Most releases ask nobody: what reads and validates contracts is loaded where one does.
      return import("./contract/contract.ts").then(({ contractGate }) => contractGate(gate, on, cx));
    case "logs":
      return logsGate(gate.logs, on, cx);
    case "traffic":
      return trafficGate(gate, on, cx);
    case "tests":
      return testsGate(gate, on, cx);
    default:
      return assertNever(gate);
  }
}

/** What services say may hold anything, terminal commands included: nothing of it may move a cursor. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ");

function bounded(detail: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let left = DETAIL;
  for (const text of detail) {
    if (left <= 0) break;
    // A character is at most three bytes of UTF-8 here; halves of a pair count for two characters.
    const part = text.replace(/[^\P{Cc}\n\t]/gu, " ").slice(0, Math.floor(left / 3));
    kept.push(part);
    left -= Buffer.byteLength(part);
  }
  return kept;
}
