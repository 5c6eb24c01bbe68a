import type { DatabaseSync } from "node:sqlite";
import { STALE_FENCE, StepFault } from "../../fault.ts";
import type { Entrance } from "../entrance.ts";
import type { Scope } from "../protocol.ts";
import { transaction } from "./database.ts";

export type ScopeRecord = Readonly<{
  fence: number;
  owner: string;
  claimedAt: number;
  epoch: number;
  /** Null: it has no router. */
  entrance: Entrance | null;
}>;

/** What every change carries. */
export type Claimed = Readonly<{ scope: Scope; fence: number }>;

/** The fences of this host, and where each scope's router stands. */
export class Scopes {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Durable before it returns: every change under an earlier fence is refused from now on. A fence is the time of its claim, in
   * milliseconds since the epoch, or one more than the last: where this record was lost, or the host is a new one, those that were issued before are
   * lower still, for the databases that have seen them and for deployers that sleep.
   */
  claim(scope: Scope, owner: string, now: number): number {
    return transaction(this.#database, () => {
      this.#database
        .prepare(
          `INSERT INTO scopes VALUES (?, ?, ?, ?, ?, 0, NULL)
           ON CONFLICT DO UPDATE SET fence = max(fence + 1, excluded.fence), owner = excluded.owner, claimed_at = excluded.claimed_at`,
        )
        .run(scope.fleet, scope.environment, now, owner, now);
      return this.get(scope)?.fence ?? 0;
    });
  }

  /** Call it in the same tick as the effect. Throws the fault `stale-fence`. */
  check({ scope, fence }: Claimed): void {
    const now = this.get(scope);
    if (now?.fence === fence) return;
    throw new StepFault({
      code: STALE_FENCE,
      message: `${scope.fleet}/${scope.environment} is held by ${now?.owner ?? "nobody"} (fence ${now?.fence ?? 0}); this was sent under fence ${fence}`,
    });
  }

  /** The comparison and the change in one transaction. */
  change<T>(claimed: Claimed, body: () => T): T {
    return transaction(this.#database, () => {
      this.check(claimed);
      return body();
    });
  }

  /** Several changes that belong together and need no fence, as they only put right what a change left. */
  atomically<T>(body: () => T): T {
    return transaction(this.#database, body);
  }

  get(scope: Scope): ScopeRecord | null {
    const row = this.#database
      .prepare("SELECT * FROM scopes WHERE fleet = ? AND environment = ?")
      .get(scope.fleet, scope.environment);
    if (row === undefined) return null;
    return {
      fence: Number(row.fence),
      owner: String(row.owner),
      claimedAt: Number(row.claimed_at),
      epoch: Number(row.epoch),
      entrance: row.listen === null ? null : entranceIn(String(row.listen)),
    };
  }

  all(): readonly Scope[] {
    return this.#database
      .prepare("SELECT fleet, environment FROM scopes ORDER BY fleet, environment")
      .all()
      .map((row) => ({ fleet: String(row.fleet), environment: String(row.environment) }));
  }

  /** Writes down a router of a scope that nobody has claimed yet, as far as anybody knows. */
  found(scope: Scope, router: Readonly<{ epoch: number; entrance: Entrance }>): void {
    this.#database
      .prepare("INSERT INTO scopes VALUES (?, ?, 0, '', 0, 0, NULL) ON CONFLICT DO NOTHING")
      .run(scope.fleet, scope.environment);
    this.setRouter(scope, router);
  }

  setRouter(scope: Scope, { epoch, entrance }: Readonly<{ epoch: number; entrance: Entrance | null }>): void {
    const text = entrance === null ? null : JSON.stringify({ ...entrance.listen, router: entrance.router });
    this.#database
      .prepare("UPDATE scopes SET epoch = ?, listen = ? WHERE fleet = ? AND environment = ?")
      .run(epoch, text, scope.fleet, scope.environment);
  }
}

/** What was written before there was a choice of routers names none. */
function entranceIn(text: string): Entrance {
  const { router = { kind: "builtin" }, ...listen } = JSON.parse(text);
  return { listen, router };
}
