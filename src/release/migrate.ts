import { join } from "node:path";
import { type Logged, runLogged } from "../artifacts/worktree/run-logged.ts";
import { StepFault } from "../fault.ts";
import type { Environment } from "../fleet/fleet.ts";
import { migrationsDone } from "../migrations/applied-migrations.ts";
import { applyMigrations } from "../migrations/apply-migrations.ts";
import type { MigrationRun } from "../migrations/migration-run.ts";
import { revertMigrations } from "../migrations/revert-migrations.ts";
import { runCommand } from "../migrations/run-command.ts";
import type { Fence } from "../targets/target.ts";
import { buildEnvironmentAt } from "./build-environment-at.ts";
import type { Configuration } from "./configuration.ts";
import type { DriverParts, MigrateCall } from "./driver.ts";
import { variableNames } from "./variable-names.ts";
import type { Workplace } from "./workplace.ts";

export type MigrationParts = Readonly<{
  at: Workplace;
  environment: Environment;
  configuration: Configuration;
  release: string;
  fence: Fence;
  confirmed: readonly string[];
}>;

/** How a plan's `migrate` steps reach their databases. The URL is looked up when it is needed and is in no plan. */
export function migrationsOf(parts: MigrationParts): Pick<DriverParts, "migrate" | "migrated"> {
  const { at, environment, configuration, release, fence, confirmed } = parts;
  const urlOf = ({ service, action }: MigrateCall): string => {
    const url = configuration.services.get(service)?.migrationUrl ?? "";
    if (url === "") {
      throw new StepFault({
        code: "migration-url-missing",
        message: `${service}: ${action.urlVariable} is not set in ${environment.name}`,
        evidence: "it names the database, and the role, that the migrations run with",
        retry: "never",
      });
    }
    return url;
  };
  const runOf = async (call: MigrateCall, signal: AbortSignal): Promise<MigrationRun> => ({
    url: urlOf(call),
    fleet: at.fleet.name,
    environment: environment.name,
    service: call.service,
    folder: join(
      await at.artifacts(environment).files({ service: call.service, source: call.action.source, signal }),
      at.fleet.services[call.service]?.migrations?.dir ?? "migrations",
    ),
    format: at.fleet.services[call.service]?.migrations?.format ?? null,
    files: call.action.files,
    release,
    operationId: call.operationId,
    fence,
    signal,
    clock: at.clock,
    random: at.random,
    log: at.log,
    confirmed,
  });
  return {
    migrate: async (call, signal) => {
      const run = await runOf(call, signal);
      const command = at.fleet.services[call.service]?.migrations?.command ?? null;
      if (command !== null)
        await runCommand(run, ownTool(parts, { call, command: command.argv, cwd: run.folder, url: run.url }));
      else await (directionOf(call) === "up" ? applyMigrations(run) : revertMigrations(run));
    },
    migrated: (call, signal) =>
      migrationsDone({ url: urlOf(call), direction: directionOf(call), files: call.action.files, signal }),
  };
}

const directionOf = ({ action }: MigrateCall): "up" | "down" => (action.kind === "migrate" ? action.direction : "up");

type Own = Readonly<{ call: MigrateCall; command: readonly string[]; cwd: string; url: string }>;

/** The tool gets what a build gets, and the URL: no other variable of the environment. */
const ownTool =
  ({ at, configuration }: MigrationParts, { call, command, cwd, url }: Own) =>
  (signal: AbortSignal): Promise<Logged> =>
    runLogged({
      argv: command,
      cwd,
      env: { ...buildEnvironmentAt(at, variableNames(configuration)), [call.action.urlVariable]: url },
      signal,
      log: join(at.state, "logs", `${call.operationId.replaceAll("/", "-")}.log`),
    });
