import type { DatabaseSync } from "node:sqlite";
import type { Route } from "../../fleet/fleet.ts";
import type { Backend } from "../../plan/observed.ts";
import type { Scope } from "../protocol.ts";

export type RouteRecord = Readonly<{ service: string; match: readonly Route[]; backends: readonly Backend[] }>;

/** What the router should do: what it does is its own to say. */
export class Routes {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(scope: Scope): readonly RouteRecord[] {
    return this.#database
      .prepare("SELECT service, match, backends FROM routes WHERE fleet = ? AND environment = ? ORDER BY service")
      .all(scope.fleet, scope.environment)
      .map((row) => ({
        service: String(row.service),
        match: JSON.parse(String(row.match)),
        backends: JSON.parse(String(row.backends)),
      }));
  }

  replace(scope: Scope, routes: readonly RouteRecord[]): void {
    this.#database
      .prepare("DELETE FROM routes WHERE fleet = ? AND environment = ?")
      .run(scope.fleet, scope.environment);
    const insert = this.#database.prepare("INSERT INTO routes VALUES (?, ?, ?, ?, ?)");
    for (const route of routes) {
      insert.run(
        scope.fleet,
        scope.environment,
        route.service,
        JSON.stringify(route.match),
        JSON.stringify(route.backends),
      );
    }
  }
}
