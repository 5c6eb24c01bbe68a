import type { DatabaseSync } from "node:sqlite";
import type { Scope } from "../protocol.ts";
import type { TrafficRecord } from "../traffic.ts";

/** What the routers of this host had counted when traffic was last moved: they forget what they no longer route to. */
export class Traffic {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of({ fleet, environment }: Scope, service: string): TrafficRecord | null {
    const row = this.#database
      .prepare("SELECT record FROM traffic WHERE fleet = ? AND environment = ? AND service = ?")
      .get(fleet, environment, service);
    return row === undefined ? null : JSON.parse(String(row.record));
  }

  put({ fleet, environment }: Scope, service: string, record: TrafficRecord): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO traffic VALUES (?, ?, ?, ?)")
      .run(fleet, environment, service, JSON.stringify(record));
  }

  remove({ fleet, environment }: Scope, service: string): void {
    this.#database
      .prepare("DELETE FROM traffic WHERE fleet = ? AND environment = ? AND service = ?")
      .run(fleet, environment, service);
  }
}
