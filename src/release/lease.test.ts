import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { workers } from "../../test/release/workers.ts";
import type { Store } from "../engine/store.ts";
import { systemClock } from "../io/clock.ts";
import { heldNow, holdLease } from "./lease.ts";

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
  // As if the renewals had failed until it ran out.
  const token = (await store.lease("staging"))?.token ?? "";
  for (let waits = 0; tries < 1 && waits < 400; waits += 1) await sleep(5);
  await store.renew("staging", token, -1);
  for (let waits = 0; tries < 3 && waits < 400; waits += 1) await sleep(5);
  expect((await store.lease("staging"))?.left).toBeGreaterThan(0);
  expect(lease.lost.aborted).toBe(false);
  await store.release("staging", "another's");
  await lease.giveBack();
  expect(await store.lease("staging")).toBeNull();
});

it("is never free because a process of another machine has a pid that nobody has here", async () => {
  const at = await fleet.deployer({});
  const store = await at.store();
  const { owner, giveBack } = await holdLease(at, store, { environment: "staging", doing: "a test" });
  await giveBack();
  const gone = { ...owner, pid: 2 ** 22 + 1, processStart: "long ago" };
  const taken = async (by: Partial<typeof owner>): Promise<boolean> => {
    const lease = { owner: { ...gone, ...by }, token: "theirs", lasts: 60_000 };
    await store.acquire("staging", lease, () => true);
    return (await heldNow(store, "staging")) !== null;
  };
  expect(await taken({ host: "ci-2" })).toBe(true);
  await expect(holdLease(at, store, { environment: "staging", doing: "a test" })).rejects.toThrow(
    /staging is held by .* for 0 s: a test/,
  );
  // Two runners in containers that are called alike.
  expect(await taken({ machine: `${owner.machine.split(":")[0]}:pid:[1]` })).toBe(true);
  expect(await taken({ machine: "another-boot" })).toBe(true);
  expect(await taken({})).toBe(false);
});
