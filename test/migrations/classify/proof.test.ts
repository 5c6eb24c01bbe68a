import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/io/clock.ts";
import { systemRandom } from "../../../src/io/random.ts";
import { openScratch, type ScratchServer } from "../../../src/migrations/prove/scratch/scratch-server.ts";
import { postgresOf } from "../../../src/postgres/binaries.ts";
import { type PostgresServer, startPostgres } from "../../../src/postgres/start-postgres.ts";
import { seed } from "../../campaign.ts";
import { binOf, OTHER_MAJORS } from "../../postgres-majors.ts";
import { makeClones } from "./clones.ts";
import { type Case, CORPUS } from "./corpus.ts";
import { HELD_OUT } from "./held-out.ts";
import { measure } from "./measure.ts";
import { caseProver } from "./prove-case.ts";

// Every statement goes through the proof, with the old queries as the code that runs: what breaks them, and only that, is refused.
const full = process.env.SAMPAN_CAMPAIGN === "full";
const ALL = [...CORPUS, ...HELD_OUT];

/** A seeded twentieth; of the further majors a seeded hundredth. */
const taken = (major: number): readonly Case[] =>
  ALL.filter(
    ({ since = 0 }, index) => since <= major && (full || (index * 7 + seed + major) % (major === 18 ? 20 : 100) === 0),
  );

const majors: number[] = [18];
for (const major of OTHER_MAJORS) {
  const bin = await binOf(major);
  if (bin === null) continue;
  // Where a proof looks for a server of an environment's major.
  process.env.PATH = `${bin}:${process.env.PATH}`;
  majors.push(major);
}

type Truth = "breaks" | "prepared" | "harmless";

describe.each(majors)("PostgreSQL %i", (major) => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-corpus-proof-"));
  let environment: PostgresServer;
  let scratch: ScratchServer;
  let prove: ReturnType<typeof caseProver>;
  let clones: Awaited<ReturnType<typeof makeClones>>;
  const tally: Record<Truth, { all: number; failed: number }> = {
    breaks: { all: 0, failed: 0 },
    prepared: { all: 0, failed: 0 },
    harmless: { all: 0, failed: 0 },
  };

  beforeAll(async () => {
    const binaries = await postgresOf(major);
    if (binaries === null) throw new Error(`PostgreSQL ${major} was found`);
    environment = await startPostgres({
      ...{ folder: join(folder, "server"), superuserPassword: "test only", owned: true, binaries },
    });
    clones = await makeClones(environment.adminUrl);
    const opened = await openScratch({
      ...{ major, url: null, clock: systemClock, random: systemRandom },
      signal: new AbortController().signal,
    });
    if ("code" in opened) throw new Error(opened.message);
    scratch = opened;
    prove = caseProver(scratch);
  }, 180_000);

  afterAll(async () => {
    process.kill(environment.pid, "SIGQUIT");
    await environment.stop();
    await scratch.stop();
    rmSync(folder, { recursive: true, force: true });
    process.stdout.write(`proof on PostgreSQL ${major}, refused: ${JSON.stringify(tally)}\n`);
  }, 60_000);

  test.each(taken(major).map((one) => [one.sql.join("; "), one] as const))(
    "%s",
    async (_, given) => {
      await clones(given.before ?? [], async (at) => {
        const one = { ...given, sql: given.sql.map((sql) => sql.replaceAll("{database}", at.name)) };
        const found = await prove(one, at);
        const { refused, broken, brokenStars } = await measure(one, at);
        // What is no migration, and what PostgreSQL refuses, runs nowhere.
        if (found.kind === "no-migration") return;
        const failed = found.parts.filter(({ verdict }) => verdict === "failed");
        if (refused !== null) {
          expect(failed.length).toBeGreaterThan(0);
          return;
        }
        const truth: Truth =
          Object.keys(broken).length > 0 ? "breaks" : Object.keys(brokenStars).length > 0 ? "prepared" : "harmless";
        tally[truth].all += 1;
        if (failed.length > 0) tally[truth].failed += 1;
        const why = JSON.stringify({ truth, broken, brokenStars, why: failed.map(({ evidence }) => evidence) });
        expect(failed.length > 0, why).toBe(truth !== "harmless" && given.gap !== true);
      });
    },
    300_000,
  );
});
