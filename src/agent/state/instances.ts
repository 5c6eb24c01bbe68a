import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { ServiceSpec } from "../../fleet/fleet.ts";
import type { Revision } from "../../plan/observed.ts";
import type { Scope } from "../protocol.ts";
import { hastyTransaction } from "./database.ts";

/** What is wanted of an instance: `stop` is on its way out and not started again when it dies. */
export type Goal = "run" | "stop" | "retired";

export type InstanceRecord = Readonly<{
  id: string;
  scope: Scope;
  service: string;
  operationId: string;
  release: string;
  revision: Revision;
  source: string;
  spec: ServiceSpec;
  /** As found when it was brought: the bundle's own `start` where the spec has none. Null: a container. */
  argv: readonly [string, ...string[]] | null;
  goal: Goal;
  /** It was sent SIGTERM: it cannot be taken back into service as it is. */
  terminating: boolean;
  /** Grows with each revival: each has logs of its own. */
  generation: number;
  pid: number | null;
  /** Start time of the process, to tell it from a later one with its pid. */
  stamp: string | null;
  port: number | null;
  restarts: number;
  lastExit: string | null;
  startedAt: number;
}>;

export type InstanceChanges = Partial<
  Pick<
    InstanceRecord,
    "goal" | "terminating" | "generation" | "pid" | "stamp" | "port" | "restarts" | "lastExit" | "startedAt"
  >
>;

const COLUMNS: Readonly<Record<keyof InstanceChanges, string>> = {
  goal: "goal",
  terminating: "terminating",
  generation: "generation",
  pid: "pid",
  stamp: "stamp",
  port: "port",
  restarts: "restarts",
  lastExit: "last_exit",
  startedAt: "started_at",
};

export class Instances {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  add(record: InstanceRecord): void {
    this.#database
      .prepare(
        `INSERT INTO instances (id, fleet, environment, service, operation_id, release, revision, source, spec, argv,
           goal, terminating, generation, pid, stamp, port, restarts, last_exit, started_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        record.id,
        record.scope.fleet,
        record.scope.environment,
        record.service,
        record.operationId,
        record.release,
        JSON.stringify(record.revision),
        record.source,
        JSON.stringify(record.spec),
        JSON.stringify(record.argv),
        record.goal,
        Number(record.terminating),
        record.generation,
        record.pid,
        record.stamp,
        record.port,
        record.restarts,
        record.lastExit,
        record.startedAt,
      );
  }

  update(id: string, changes: InstanceChanges): void {
    const names = Object.keys(changes) as (keyof InstanceChanges)[];
    const values = names.map((name) => {
      const value = changes[name];
      return typeof value === "boolean" ? Number(value) : (value ?? null);
    });
    this.#database
      .prepare(`UPDATE instances SET ${names.map((name) => `${COLUMNS[name]} = ?`).join(", ")} WHERE id = ?`)
      .run(...values, id);
  }

  /** Their processes, which no power failure leaves running. */
  started(updates: readonly (readonly [string, InstanceChanges])[]): void {
    hastyTransaction(this.#database, () => {
      for (const [id, changes] of updates) this.update(id, changes);
    });
  }

  remove(id: string): void {
    this.#database.prepare("DELETE FROM instances WHERE id = ?").run(id);
  }

  get(id: string): InstanceRecord | null {
    const row = this.#database.prepare("SELECT * FROM instances WHERE id = ?").get(id);
    return row === undefined ? null : recordOf(row);
  }

  /** Oldest first. */
  of(scope: Scope): readonly InstanceRecord[] {
    return this.#database
      .prepare("SELECT * FROM instances WHERE fleet = ? AND environment = ? ORDER BY seq")
      .all(scope.fleet, scope.environment)
      .map(recordOf);
  }

  ofOperation(scope: Scope, operationId: string): readonly InstanceRecord[] {
    return this.#database
      .prepare("SELECT * FROM instances WHERE fleet = ? AND environment = ? AND operation_id = ? ORDER BY seq")
      .all(scope.fleet, scope.environment, operationId)
      .map(recordOf);
  }

  /** In use on this host, by any scope. */
  ports(): ReadonlySet<number> {
    const rows = this.#database
      .prepare("SELECT port FROM instances WHERE goal <> 'retired' AND port IS NOT NULL")
      .all();
    return new Set(rows.map((row) => Number(row.port)));
  }

  /** Of every scope, without the retired. */
  wanted(): readonly InstanceRecord[] {
    return this.#database.prepare("SELECT * FROM instances WHERE goal <> 'retired' ORDER BY seq").all().map(recordOf);
  }
}

function recordOf(row: Readonly<Record<string, SQLOutputValue>>): InstanceRecord {
  return {
    id: String(row.id),
    scope: { fleet: String(row.fleet), environment: String(row.environment) },
    service: String(row.service),
    operationId: String(row.operation_id),
    release: String(row.release),
    revision: JSON.parse(String(row.revision)),
    source: String(row.source),
    spec: JSON.parse(String(row.spec)),
    argv: JSON.parse(String(row.argv)),
    goal: String(row.goal) as Goal,
    terminating: row.terminating === 1,
    generation: Number(row.generation),
    pid: numberOrNull(row.pid),
    stamp: row.stamp === null ? null : String(row.stamp),
    port: numberOrNull(row.port),
    restarts: Number(row.restarts),
    lastExit: row.last_exit === null ? null : String(row.last_exit),
    startedAt: Number(row.started_at),
  };
}

const numberOrNull = (value: SQLOutputValue | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
