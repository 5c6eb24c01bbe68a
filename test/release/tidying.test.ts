import { afterEach, beforeEach, expect, it } from "vitest";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth"]);
});
afterEach(() => fleet.close());

it("keeps what runs in environments that only another branch declares", async () => {
  const at = await fleet.deployer();
  const elsewhere = await fleet.plan(at, "preview");
  const store = await at.store();
  const record = {
    id: "r0",
    environment: "preview",
    kind: "deploy",
    status: "verified",
    commit: null,
    by: "ann",
  } as const;
  await store.create({ ...record, createdAt: 1, endedAt: 2, plan: elsewhere, evidence: {} });
  expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
  const artifacts = [elsewhere, await fleet.plan(at, "one")].map(({ services }) => services[0]?.to?.artifact);
  expect([...(fleet.kept[0] ?? [])].sort()).toEqual(artifacts.sort());
});
