import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { workers } from "../../test/release/workers.ts";
import type { Store } from "../engine/store.ts";
import { systemClock } from "../io/clock.ts";
import { holdLease } from "./lease.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth"]);
});
afterEach(() => fleet.close());

it("is renewed again after the store could not be written for a moment", async () => {
  const at = await fleet.deployer({
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) },
  });
  const store = await at.store();
  let tries = 0;
  const busy: Store = {
    ...store,
    renew: async (...given) => {
      tries += 1;
      if (tries === 1) throw new Error("database is locked");
      return store.renew(...given);
    },
  };
  const lease = await holdLease(at, busy, { environment: "staging", doing: "a test" });
  const before = (await store.lease("staging"))?.expiresAt ?? Number.POSITIVE_INFINITY;
  for (let waits = 0; tries < 3 && waits < 400; waits += 1) await sleep(5);
  expect((await store.lease("staging"))?.expiresAt).toBeGreaterThan(before);
  expect(lease.lost.aborted).toBe(false);
  await store.release("staging", "another's");
  await lease.giveBack();
  expect(await store.lease("staging")).toBeNull();
});
