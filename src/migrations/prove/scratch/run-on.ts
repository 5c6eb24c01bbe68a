import type { Format } from "../../../fleet/migration-format.ts";
import type { MigrationRun } from "../../migration-run.ts";
import type { Ground, ProofCx } from "../ground.ts";
import { urlAs } from "./scratch-server.ts";

/** Migrations of one service that one session runs from one folder. */
export type Stretch = Readonly<{
  service: string;
  role: string;
  folder: string;
  format?: Format | null;
  files: MigrationRun["files"];
}>;

/** A run of migrations on a database of the scratch server, by the code that runs them in the environment. */
export function runOn(
  at: Readonly<{ ground: Ground; cx: ProofCx; database: string }> & Stretch,
  changes: Partial<MigrationRun> = {},
): MigrationRun {
  const { ground, cx } = at;
  return {
    url: urlAs(cx.server, at.role, at.database),
    fleet: ground.fleet,
    environment: ground.environment,
    service: at.service,
    folder: at.folder,
    format: at.format ?? null,
    files: at.files,
    release: "proof",
    operationId: "proof/migrate/0",
    fence: 1,
    signal: cx.signal,
    clock: cx.clock,
    random: cx.random,
    log: cx.log,
    // What is lost on a scratch database is measured, and nobody's.
    standsFor: { real: databaseIn(ground.url), here: at.database },
    confirmed: at.files.map(({ name }) => name),
    ...changes,
  };
}

const databaseIn = (url: string): string =>
  URL.canParse(url) ? decodeURIComponent(new URL(url).pathname.slice(1)) : "";
