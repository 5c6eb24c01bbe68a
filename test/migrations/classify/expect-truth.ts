import { expect } from "vitest";
import { isAlarm, isMissed, type Outcome } from "./tally.ts";

/** What was said of a statement is what happened. */
export function expectTruth({ one, measured, said }: Outcome): void {
  expect(one.refused ?? [null]).toContain(measured.refused);
  if (measured.refused !== null) {
    expect(said.worst === "contract" || measured.refused === "25001").toBe(true);
    return;
  }
  if (said.worst !== "unknown") {
    expect({ mode: said.mode, rewrite: said.rewrite }).toEqual({ mode: measured.mode, rewrite: measured.rewrite });
    // What runs outside a transaction counts for no transaction, and what locks nothing may read.
    if (one.outside !== true && said.mode !== null) {
      expect(said.scan || said.rewrite).toBe(measured.scan || measured.rewrite);
    }
  }
  // Whoever is told nothing meets nothing.
  if (said.worst === "expand") expect({ ...measured.broken, ...measured.brokenStars }).toEqual({});
  if (said.worst === "expand-if") {
    const told = said.statements.flatMap(({ breaks }) => breaks).join(" ");
    for (const met of Object.values(measured.broken)) {
      expect(told).toMatch(met === "other result" ? /appear|read|stored|raised/ : met);
    }
    for (const met of Object.values(measured.brokenStars)) expect(told).toContain(met);
  }
  const outcome = { one, measured, said };
  expect(isMissed(outcome) ? "missed" : isAlarm(outcome) ? "alarm" : undefined).toBe(one.known);
}
