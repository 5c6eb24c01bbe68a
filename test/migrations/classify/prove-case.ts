import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SmokeCheck } from "../../../src/fleet/fleet.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { systemRandom } from "../../../src/io/random.ts";
import { readCatalog } from "../../../src/migrations/catalog/read-catalog.ts";
import { proveCompatibility } from "../../../src/migrations/prove/compatibility.ts";
import type { Ground, ProofCx } from "../../../src/migrations/prove/ground.ts";
import type { ProofPart } from "../../../src/migrations/prove/proof.ts";
import { cloneOf, dropDatabases } from "../../../src/migrations/prove/scratch/databases.ts";
import type { ScratchServer } from "../../../src/migrations/prove/scratch/scratch-server.ts";
import { makeTemplate, type Template } from "../../../src/migrations/prove/scratch/template.ts";
import { processStarter } from "../../../src/migrations/prove/start-process.ts";
import type { Witness } from "../../../src/migrations/prove/witness.ts";
import { readMigrations } from "../../../src/migrations/read-migrations.ts";
import type { PlannedMigration } from "../../../src/plan/plan.ts";
import { specOf } from "../../fleet-samples.ts";
import type { Case } from "./corpus.ts";
import { type At, connect } from "./measure.ts";
import { OLD_PREPARED, OLD_QUERIES, OLD_SCHEMA, OLD_STARS } from "./old-schema.ts";

export type CaseProof =
  /** What is no migration is refused before anything is proven. */
  Readonly<{ kind: "no-migration"; code: string }> | Readonly<{ kind: "proven"; parts: readonly ProofPart[] }>;

const ROLES = ["postgres", "app", "reports"];

/**
 * Proves statements of the corpus as a release does that brings them, with the old queries as the code that runs. The schema is built once for all
 * that are run on the same one; each gets a clone of its own.
 */
export function caseProver(server: ScratchServer) {
  const templates = new Map<string, Promise<Template>>();
  return async (one: Case, { owner, app, before }: At): Promise<CaseProof> => {
    const folder = mkdtempSync(join(tmpdir(), "sampan-case-"));
    const cx: ProofCx = {
      ...{ server, folder, clock: systemClock, random: systemRandom, signal: new AbortController().signal },
      start: processStarter({ folder, clock: systemClock }),
      ...{ mask: (text) => text, log: () => undefined, progress: () => undefined, patience: 1_500 },
    };
    try {
      const read = await written(one, folder);
      const [refused] = read.problems;
      if (refused !== undefined) return { kind: "no-migration", code: refused.code };
      const ground = await groundOf({ read, folder, owner, app, before });
      const key = (one.before ?? []).join(";");
      const template = templates.get(key) ?? templateOf(ground, cx);
      templates.set(key, template);
      const database = await cloneOf(await template, cx, ground.catalog.database);
      const found = await proveCompatibility({ ground, database, folder }, ground.migrating, cx);
      await dropDatabases(cx, [database]);
      return { kind: "proven", parts: found.get("old")?.parts ?? [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

async function templateOf(ground: Ground, cx: ProofCx): Promise<Template> {
  const template = await makeTemplate(ground, cx);
  if ("why" in template) throw new Error([template.why, ...template.differences].join("; "));
  return template;
}

type Written = Awaited<ReturnType<typeof readMigrations>>;

async function groundOf(at: At & Readonly<{ read: Written; folder: string }>): Promise<Ground> {
  const files = at.read.migrations.map(
    ({ name, sha256 }): PlannedMigration => ({ name, sha256, phase: "expand", rollback: null }),
  );
  const client = await connect(at.owner);
  const catalog = await readCatalog(client, ROLES);
  await client.end();
  const old = oldCode(at.folder, at);
  const migrations = join(at.folder, "migrations");
  return {
    ...{ fleet: "corpus", environment: "staging", url: at.owner, catalog, purposes: new Map(), running: [old] },
    recorded: [
      {
        ...{ service: "old", role: "postgres", folders: [migrations], tool: null },
        applied: files.slice(0, -1).map((file, nth) => ({ ...file, release: "r1", at: nth })),
      },
    ],
    migrating: [
      {
        ...{ service: "old", role: "postgres", folder: migrations, files: files.slice(-1), data: [], tool: null },
        // Whether old code bears the schema is asked before new code has a say.
        ...{ next: null, nextArtifact: old.artifact, codeFirst: false, seed: null },
      },
    ],
  };
}

/** The old schema, what was done to it before, and the statement: each a file of its own. */
function written({ before, sql, outside }: Case, folder: string): ReturnType<typeof readMigrations> {
  const migrations = join(folder, "migrations");
  mkdirSync(migrations);
  // Roles belong to a server, and a proof makes those of the environment itself.
  const schema = OLD_SCHEMA.replaceAll(/^create role .*$/gm, "");
  const all = [schema, ...(before ?? []), sql.join(";\n")];
  for (const [nth, text] of all.entries()) {
    const apart = /\bconcurrently\b/i.test(text) && (nth < all.length - 1 || outside === true);
    const header = [
      "-- sampan: irreversible because nobody goes back",
      ...(apart ? ["-- sampan: no-transaction"] : []),
    ];
    writeFileSync(join(migrations, `${String(nth + 1).padStart(4, "0")}_step.up.sql`), [...header, text].join("\n"));
  }
  return readMigrations(migrations);
}

/** What fails on the schema as it is, because of what was done to it before, is no code that runs. */
function oldCode(folder: string, { app, before }: At): Witness {
  const works = ([name]: readonly [string, unknown]): boolean => !/^(\w{5}|lost)$/.test(before[name] ?? "");
  const queried = Object.entries({ ...OLD_QUERIES, ...OLD_STARS }).filter(works);
  const source = join(folder, "old");
  mkdirSync(source);
  const artifact = `sha256:${"0".repeat(64)}`;
  const queries = Object.fromEntries(queried.map(([, statements], nth) => [nth, statements]));
  cpSync(fileURLToPath(new URL("./old-code.mjs", import.meta.url)), join(source, "server.mjs"));
  writeFileSync(join(source, "old-code.json"), JSON.stringify({ prepared: OLD_PREPARED, queries }));
  writeFileSync(join(source, "sampan-bundle.json"), JSON.stringify({ artifact, start: ["node", "server.mjs"] }));
  const paths = [
    ...Object.keys(OLD_PREPARED).map((name) => `/prepared/${name}`),
    ...queried.map((_, nth) => `/q/${nth}`),
  ];
  return {
    ...{ service: "old", artifact, source, files: source, given: {} },
    spec: specOf("old", {
      health: { path: "/health", every: 50, healthyFor: 0, timeout: 15_000 },
      smoke: { kind: "checks", checks: paths.slice(0, 5).map(request), retries: 0, every: 100 },
    }),
    variables: { DATABASE_URL: app, PG_MODULE: fileURLToPath(import.meta.resolve("pg")) },
    checks: paths.slice(5).map(request),
    // What takes several statements is only asked for as a whole.
    queries: queried.flatMap(([, statements]) => (statements.length === 1 ? statements : [])),
  };
}

const request = (path: string): SmokeCheck => ({
  ...{ kind: "request", method: "GET", path, headers: {} },
  expect: { status: 200, headers: {}, json: {}, latency: null },
});
