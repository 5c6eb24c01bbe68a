import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testPostgres } from "../../postgres.ts";
import { makeClones } from "./clones.ts";
import { CORPUS } from "./corpus.ts";
import { said } from "./judge-case.ts";
import { measure } from "./measure.ts";
import { type Outcome, tally } from "./tally.ts";

// Every statement is run on a real server: what it locked, rewrote, read and broke is compared with what was said of it.
const postgres = testPostgres();
let clones: Awaited<ReturnType<typeof makeClones>>;
const outcomes: Outcome[] = [];

beforeAll(async () => {
  clones = await makeClones(postgres.server().adminUrl);
}, 120_000);

afterAll(() => {
  const { missed, alarmed, ...figures } = tally(outcomes);
  process.stdout.write(
    `classifier: ${JSON.stringify(figures)}\nmissed: ${missed.join(" | ")}\nfalse alarms: ${alarmed.join(" | ")}\n`,
  );
});

describe.each(Array.from({ length: 62 }, (_, index) => index + 1))("row %i", (row) => {
  const cases = CORPUS.filter((one) => one.row === row);
  test.each(cases.map((one) => [one.sql.join("; "), one] as const))("%s", async (_, given) => {
    await clones(given.before ?? [], async (at) => {
      const one = { ...given, sql: given.sql.map((sql) => sql.replaceAll("{database}", at.name)) };
      const measured = await measure(one, at);
      const verdict = await said(one, measured.catalog);
      outcomes.push({ one: given, measured, said: verdict });
      expect(measured.refused).toBe(given.refused ?? null);
      if (measured.refused === null && verdict.worst !== "unknown") {
        expect({ mode: verdict.mode, rewrite: verdict.rewrite }).toEqual({
          mode: measured.mode,
          rewrite: measured.rewrite,
        });
        // What runs outside a transaction counts for no transaction, and what locks nothing may read.
        if (given.outside !== true && verdict.mode !== null)
          expect(verdict.scan || verdict.rewrite).toBe(measured.scan || measured.rewrite);
      }
      // Whoever is told nothing meets nothing.
      if (verdict.worst === "expand") expect({ ...measured.broken, ...measured.brokenStars }).toEqual({});
      if (verdict.worst === "expand-if") {
        const told = verdict.statements.flatMap(({ breaks }) => breaks).join(" ");
        for (const met of Object.values(measured.broken))
          expect(met === "other result" ? /appear|read|stored|raised/.test(told) : told.includes(met)).toBe(true);
        for (const met of Object.values(measured.brokenStars)) expect(told).toContain(met);
      }
    });
  });
});

test("of what breaks old code at least 95 % is caught, of what breaks nothing at most 5 % is refused", () => {
  const figures = tally(outcomes);
  expect(figures.statements).toBeGreaterThanOrEqual(120);
  expect(figures.caught / figures.breaking).toBeGreaterThanOrEqual(0.95);
  expect(figures.falseAlarms / figures.harmless).toBeLessThanOrEqual(0.05);
  expect(figures.starsTold).toBe(figures.starsOnly);
});
