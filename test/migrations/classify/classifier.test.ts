import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres } from "../../../src/postgres/start-postgres.ts";
import { seed } from "../../campaign.ts";
import { binOf, OTHER_MAJORS, type OtherServer, startOther } from "../../postgres-majors.ts";
import { makeClones } from "./clones.ts";
import { type Case, CORPUS } from "./corpus.ts";
import { expectTruth } from "./expect-truth.ts";
import { HELD_OUT } from "./held-out.ts";
import { said } from "./judge-case.ts";
import { measure } from "./measure.ts";
import { type Outcome, tally } from "./tally.ts";

// Every statement is run on a real server: what it locked, rewrote, read and broke is compared with what was said of it.
const full = process.env.SAMPAN_CAMPAIGN === "full";

/** Of each row one, and a seeded fifth of the others; of the further majors a seeded tenth. */
function taken(row: number, major: number): readonly Case[] {
  const cases = CORPUS.filter((one) => one.row === row && (one.since ?? 0) <= major);
  if (full) return cases;
  if (major < 18) return cases.filter((_, index) => (index * 7 + row + seed + major) % 10 === 0);
  return cases.filter((_, index) => index === seed % cases.length || (index * 7 + row + seed) % 5 === 0);
}

/** A seeded fifth; of the further majors all or none. */
const unseen = (major: number): readonly Case[] =>
  HELD_OUT.filter(
    ({ since }, index) => (since ?? 0) <= major && (full || (major === 18 && (index * 7 + seed) % 5 === 0)),
  );

const embedded = async (): Promise<OtherServer> => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-classifier-"));
  const server = await startPostgres({ folder: join(folder, "server"), superuserPassword: "test only", owned: true });
  return {
    url: server.adminUrl,
    stop: async () => {
      process.kill(server.pid, "SIGQUIT");
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const servers: { major: number; start: () => Promise<OtherServer> }[] = [{ major: 18, start: embedded }];
for (const major of OTHER_MAJORS) {
  const bin = await binOf(major);
  if (bin !== null) servers.push({ major, start: () => startOther(bin) });
}

describe.each(servers)("PostgreSQL $major", ({ major, start }) => {
  let server: OtherServer;
  let clones: Awaited<ReturnType<typeof makeClones>>;
  const outcomes: Record<"corpus" | "unseen", Outcome[]> = { corpus: [], unseen: [] };

  beforeAll(async () => {
    server = await start();
    clones = await makeClones(server.url);
  }, 120_000);

  afterAll(async () => {
    await server.stop();
    for (const [name, all] of Object.entries(outcomes)) {
      const { missed, alarmed, ...figures } = tally(all);
      process.stdout.write(`classifier on PostgreSQL ${major}, ${name}: ${JSON.stringify(figures)}\n`);
      process.stdout.write(`  only told of: ${missed.join(" | ")}\n  alarms: ${alarmed.join(" | ")}\n`);
    }
  }, 60_000);

  const examine = async (given: Case, into: Outcome[]): Promise<void> =>
    clones(given.before ?? [], async (at) => {
      const one = { ...given, sql: given.sql.map((sql) => sql.replaceAll("{database}", at.name)) };
      const measured = await measure(one, at);
      const verdict = await said(one, measured.catalog);
      into.push({ one: given, measured, said: verdict });
      expectTruth({ one: given, measured, said: verdict });
    });
  const named = (cases: readonly Case[]) => cases.map((one) => [one.sql.join("; "), one] as const);

  const rows = Array.from({ length: 62 }, (_, index) => index + 1).filter((row) => taken(row, major).length > 0);
  describe.each(rows)("row %i", (row) => {
    test.each(named(taken(row, major)))("%s", (_, given) => examine(given, outcomes.corpus), 180_000);
  });

  const strange = named(unseen(major));
  // A part of all may hold none of them for this major.
  if (strange.length > 0) {
    describe("statements that the rules were not written with", () => {
      test.each(strange)("%s", (_, given) => examine(given, outcomes.unseen), 180_000);
    });
  }

  test("of what breaks old code at least 95 % is caught, of what breaks nothing at most 5 % is refused", () => {
    for (const all of Object.values(outcomes)) {
      const figures = tally(all);
      expect(figures.starsTold).toBe(figures.starsOnly);
      // A part may hold all that is missed; each case of it is known as such.
      if (!full) continue;
      expect(figures.caught / figures.breaking).toBeGreaterThanOrEqual(0.95);
      expect(figures.falseAlarms / figures.harmless).toBeLessThanOrEqual(0.05);
    }
    if (full) expect(tally(outcomes.corpus).statements).toBeGreaterThanOrEqual(120);
  });
});

test("every row has a statement, and there are at least 120", () => {
  expect(new Set(CORPUS.map(({ row }) => row)).size).toBe(62);
  expect(CORPUS.length).toBeGreaterThanOrEqual(120);
});
