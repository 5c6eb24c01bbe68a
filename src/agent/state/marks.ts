import type { DatabaseSync } from "node:sqlite";
import type { VerifiedMark } from "../../plan/observed.ts";
import type { Scope } from "../protocol.ts";

export type MarkRecord = Readonly<{ seq: number; mark: VerifiedMark }>;

/** The verified marks of this host: what a rollback returns to, whatever became of the store. */
export class Marks {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The same operation marks once. */
  add(scope: Scope, operationId: string, mark: VerifiedMark): void {
    this.#database
      .prepare(
        "INSERT INTO marks (fleet, environment, service, operation_id, mark) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      )
      .run(scope.fleet, scope.environment, mark.service, operationId, JSON.stringify(mark));
  }

  removeAll(scope: Scope, service: string): void {
    this.#database
      .prepare("DELETE FROM marks WHERE fleet = ? AND environment = ? AND service = ?")
      .run(scope.fleet, scope.environment, service);
  }

  remove(seq: number): void {
    this.#database.prepare("DELETE FROM marks WHERE seq = ?").run(seq);
  }

  /** Newest first. */
  of(scope: Scope): readonly MarkRecord[] {
    return this.#database
      .prepare("SELECT seq, mark FROM marks WHERE fleet = ? AND environment = ? ORDER BY seq DESC")
      .all(scope.fleet, scope.environment)
      .map((row) => ({ seq: Number(row.seq), mark: JSON.parse(String(row.mark)) }));
  }
}
