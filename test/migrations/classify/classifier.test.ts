import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seed } from "../../campaign.ts";
import { testPostgres } from "../../postgres.ts";
import { makeClones } from "./clones.ts";
import { type Case, CORPUS } from "./corpus.ts";
import { expectTruth } from "./expect-truth.ts";
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

const full = process.env.SAMPAN_CAMPAIGN === "full";

afterAll(() => {
  const { missed, alarmed, ...figures } = tally(outcomes);
  const part = full ? "" : ` of ${CORPUS.length} (npm run campaign runs all)`;
  process.stdout.write(`classifier, ${outcomes.length}${part}: ${JSON.stringify(figures)}\n`);
  process.stdout.write(`  only told of: ${missed.join(" | ")}\n  alarms: ${alarmed.join(" | ")}\n`);
});

/** Of each row one, and a seeded fifth of the others. */
const taken = (row: number): readonly Case[] => {
  const cases = CORPUS.filter((one) => one.row === row);
  return full ? cases : cases.filter((_, index) => index === seed % cases.length || (index * 7 + row + seed) % 5 === 0);
};

describe.each(Array.from({ length: 62 }, (_, index) => index + 1))("row %i", (row) => {
  test.each(taken(row).map((one) => [one.sql.join("; "), one] as const))(
    "%s",
    async (_, given) => {
      await clones(given.before ?? [], async (at) => {
        const one = { ...given, sql: given.sql.map((sql) => sql.replaceAll("{database}", at.name)) };
        const measured = await measure(one, at);
        const verdict = await said(one, measured.catalog);
        outcomes.push({ one: given, measured, said: verdict });
        expectTruth({ one: given, measured, said: verdict });
      });
    },
    120_000,
  );
});

test("of what breaks old code at least 95 % is caught, of what breaks nothing at most 5 % is refused", () => {
  const figures = tally(outcomes);
  expect(CORPUS.length).toBeGreaterThanOrEqual(120);
  expect(figures.starsTold).toBe(figures.starsOnly);
  // A part may hold all that is missed; each case of it is known as such.
  if (!full) return;
  expect(figures.caught / figures.breaking).toBeGreaterThanOrEqual(0.95);
  expect(figures.falseAlarms / figures.harmless).toBeLessThanOrEqual(0.05);
});
