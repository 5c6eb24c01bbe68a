import { afterEach, describe, expect, test, vi } from "vitest";
import type * as Data from "../../src/migrations/catalog/data.ts";
import type * as Checks from "../../src/migrations/prove/checks.ts";
import type * as Crew from "../../src/migrations/prove/crew.ts";
import type * as Isolate from "../../src/migrations/prove/isolate.ts";
import type * as Ladder from "../../src/migrations/prove/ladder.ts";
import type { Proof } from "../../src/migrations/prove/proof.ts";
import { type Change, OLD, type ProveOn, proofStage, verdicts } from "./proof-stage.ts";

/** Bugs of the proof itself: each is planted in the module that keeps it from being, and what is proven then must not be what is so. */
const { witness, proofOf } = proofStage();

type Bug = Readonly<{
  module: string;
  plant: (real: never) => object;
  change: () => Change;
  /** True of a proof without the bug. */
  told: (proof: Proof) => boolean;
}>;

const column = { up: "alter table orders add column phone text", down: "alter table orders drop column phone" };
const failed = (proof: Proof, part: string): boolean => verdicts(proof)[part] === "failed";

const BUGS: Readonly<Record<string, Bug>> = {
  "statements are prepared only after the migration": {
    module: "../../src/migrations/prove/ladder.ts",
    plant: (real: typeof Ladder): typeof Ladder => ({
      ...real,
      ladder: async (order) => {
        const early = await real.ladder(order);
        const again = async (): Promise<readonly string[]> => {
          const late = await real.ladder(order);
          const found = await late.again();
          await late.close();
          return found;
        };
        return { ...early, again };
      },
    }),
    change: () => ({
      ...column,
      old: witness("shop", { sql: { list: "select id from orders" } }, ["select * from orders order by id"]),
    }),
    told: (proof) => failed(proof, "old-on-new"),
  },
  "old code is started only after the migration": {
    module: "../../src/migrations/prove/crew.ts",
    plant: (real: typeof Crew): typeof Crew => ({
      ...real,
      ask: async (member, sea, cx) => {
        await real.reboard(member, sea, cx);
        return real.ask(member, sea, cx);
      },
    }),
    change: () => ({ ...column, old: witness("shop", { sql: { list: "select * from orders" }, named: true }) }),
    told: (proof) => failed(proof, "old-on-new"),
  },
  "a smoke test that could not run counts as passed": {
    module: "../../src/migrations/prove/checks.ts",
    plant: (real: typeof Checks): typeof Checks => ({
      ...real,
      healthy: async (...given) => {
        await real.healthy(...given);
        return null;
      },
      runChecks: async (on, cx) => (on.running.ended() === null ? real.runChecks(on, cx) : []),
    }),
    change: () => ({ ...column, old: witness("shop", { sql: OLD, diesAtStart: true }) }),
    told: ({ verdict }) => verdict === "inconclusive",
  },
  "data is not compared after the way back": {
    module: "../../src/migrations/catalog/data.ts",
    plant: (real: typeof Data): typeof Data => ({ ...real, lostData: () => [] }),
    change: () => ({
      up: "update orders set note = null",
      down: "select 1",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
    }),
    told: (proof) => failed(proof, "reversal"),
  },
  "a neighbour runs as the superuser": {
    module: "../../src/migrations/prove/isolate.ts",
    plant: (real: typeof Isolate): typeof Isolate => ({
      ...real,
      isolate: (variables, to) => {
        const isolated = real.isolate(variables, to);
        const { DATABASE_URL = "" } = isolated.variables;
        return {
          ...isolated,
          variables: { ...isolated.variables, DATABASE_URL: DATABASE_URL.replace(/\/\/\w+:/, "//postgres:") },
        };
      },
    }),
    change: () => ({
      up: "revoke select on orders from audit_app",
      down: "grant select on orders to audit_app",
      neighbours: [witness("audit", { sql: { count: "select count(*)::int as n from orders" } })],
    }),
    told: (proof) => failed(proof, "neighbours"),
  },
  "who watches the locks sees nothing": {
    module: "../../src/migrations/prove/longest-wait.ts",
    plant: (real: object) => ({ ...real, longestWait: async () => 0 }),
    change: () => ({ ...column, up: `${column.up}; select pg_sleep(2)` }),
    told: (proof) => failed(proof, "locks"),
  },
};

/** The proof, loaded anew with one module replaced. */
async function planted({ module, plant }: Bug): Promise<ProveOn> {
  vi.resetModules();
  vi.doMock(module, async (original) => plant((await original()) as never));
  return (await import("../../src/migrations/prove/prove.ts")).proveOn;
}

afterEach(() => {
  for (const { module } of Object.values(BUGS)) vi.doUnmock(module);
});

describe.each(Object.entries(BUGS))("%s", (_, bug) => {
  test("is seen by what is proven of a migration whose end is known", { timeout: 120_000 }, async () => {
    expect(bug.told(await proofOf(bug.change()))).toBe(true);
    expect(bug.told(await proofOf(bug.change(), await planted(bug)))).toBe(false);
  });
});
