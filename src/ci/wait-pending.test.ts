import { expect, it } from "vitest";
import type { Found } from "../checks/check.ts";
import type { Clock } from "../io/clock.ts";
import { problem } from "../problem.ts";
import { waitPending } from "./wait-pending.ts";

const found = (verdict: Found["verdict"], ...codes: readonly string[]): Found => ({
  verdict,
  evidence: "",
  problems: codes.map((code) => problem(code, code)),
});
const PENDING = found("inconclusive", "ci-pending");

/** Nothing passes but what is slept. */
function clockOf(): Clock & { slept: number } {
  const clock = {
    slept: 0,
    now: () => clock.slept,
    monotonic: () => clock.slept,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      clock.slept += ms;
    },
  };
  return clock;
}

async function waited(answers: readonly Found[]) {
  const clock = clockOf();
  let asked = 0;
  const ask = async (): Promise<Found> => answers[Math.min(asked++, answers.length - 1)] ?? PENDING;
  const said = await waitPending(ask, { clock, signal: new AbortController().signal, say: () => undefined });
  return { verdict: said.verdict, asked, slept: clock.slept };
}

it("asks again while checks run, and no longer", async () => {
  expect(await waited([PENDING, PENDING, found("passed")])).toEqual({ verdict: "passed", asked: 3, slept: 30_000 });
  expect(await waited([PENDING, found("failed", "ci-red")])).toMatchObject({ verdict: "failed", asked: 2 });
});

it("waits for nothing that waiting does not bring", async () => {
  for (const code of ["ci-silent", "ci-not-known"])
    expect(await waited([found("inconclusive", code)])).toMatchObject({ asked: 1, slept: 0 });
});

it("gives up, and is then as inconclusive as before", async () => {
  expect(await waited([PENDING])).toEqual({ verdict: "inconclusive", asked: 61, slept: 900_000 });
});

it("ends with whoever it works for", async () => {
  const stop = new AbortController();
  stop.abort(new Error("stopped"));
  const waiting = waitPending(async () => PENDING, { clock: clockOf(), signal: stop.signal, say: () => undefined });
  await expect(waiting).rejects.toThrow("stopped");
});
