import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Environment } from "../../src/fleet/fleet.ts";
import { checklistOf } from "../../src/release/approval.ts";
import { type AwaitingApproval, awaitApproval } from "../../src/release/await-approval.ts";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth"]);
  writeFileSync(
    join(fleet.folder, "list.yaml"),
    "items:\n  - { id: watched, automatic: { monitoring: [test, -e, green] } }\n  - { id: told, text: { en: Told, ru: Сказано } }\n",
  );
});
afterEach(() => fleet.close());

const green = (): string => join(fleet.folder, "green");

/** People confirm all that is theirs, `told` by their clocks; `meanwhile` is what happens before they let it start, and `later` how long they think. */
async function asked(
  meanwhile: () => void,
  later: number,
  evidence: AwaitingApproval["evidence"] = {},
  told: number | null = 1,
) {
  const base = await fleet.deployer();
  let now = 0;
  const clock = { ...base.clock, monotonic: () => now };
  const at = { ...base, clock, processEnv: { LANG: "ru_RU.UTF-8" } };
  const approval = { checklist: "list.yaml", confirmations: 1, by: null, rollback: false };
  const environment: Environment = { ...fleet.environment, approval };
  const plan = await fleet.plan(at, "one");
  return awaitApproval({
    ...{ at, environment, plan, evidence, kind: "deploy", commit: null },
    checklist: await checklistOf(at, environment),
    ask: async (_, missing) => {
      if (told === null) return;
      for (const { item } of missing.filter(({ finding }) => finding === null)) {
        const said = { planId: plan.id, item: item.id, by: "ann", at: told, evidence: null, note: null };
        await (await at.store()).confirm(said);
      }
    },
    confirm: async () => {
      meanwhile();
      now += later;
      return true;
    },
  });
}

it("looks again at what was green while people thought", async () => {
  writeFileSync(green(), "");
  const answer = await asked(() => rmSync(green()), 60_000);
  expect(answer).toMatchObject({
    waits: {
      status: "awaiting-approval",
      problems: [{ message: "watched: Мониторинг отвечает.: test -e green: expected exit 0, got exit 1" }],
      approval: [
        { item: "watched", state: "open", automatic: "monitoring" },
        { item: "told", text: "Сказано", state: "filled", by: ["ann"] },
      ],
    },
  });
});

it("keeps with the release what filled each item, and waits under one name until it is", async () => {
  const first = await asked(() => {}, 0);
  const release = "waits" in first ? first.waits.release : null;
  expect(release).not.toBeNull();
  writeFileSync(green(), "");
  const answer = await asked(() => {}, 60_000, { checks: [] });
  expect(answer).toMatchObject({ approved: { release, existing: { id: release } } });
  const store = await (await fleet.deployer()).store();
  expect((await store.find(release ?? ""))?.evidence).toMatchObject({
    checks: [],
    approval: [
      { item: "watched", state: "filled", evidence: "test -e green: exit 0" },
      { item: "told", state: "filled" },
    ],
  });
});

it("asks again for a plan that was thrown back, though the clock of whoever agreed is ahead", async () => {
  writeFileSync(green(), "");
  const at = await fleet.deployer();
  const store = await at.store();
  const first = await asked(() => {}, 0, {}, at.clock.now() + 3_600_000);
  if (!("approved" in first)) throw new Error("it waits");
  const { release, evidence } = first.approved;
  const now = at.clock.now();
  await store.create({
    ...{ id: release, environment: fleet.environment.name, kind: "deploy", status: "rolled-back", commit: null },
    ...{ by: "ann", createdAt: now, endedAt: now, plan: await fleet.plan(at, "one"), evidence },
  });
  expect(await asked(() => {}, 0, {}, null)).toMatchObject({
    waits: { problems: [{ message: "told: Сказано: it was confirmed for a release that has ended since" }] },
  });
  expect(await asked(() => {}, 0, {}, at.clock.now() + 3_700_000)).toHaveProperty("approved");
});

it("says what a checklist asks that the environment cannot answer", async () => {
  const at = await fleet.deployer();
  writeFileSync(join(fleet.folder, "list.yaml"), "items:\n  - { id: well, automatic: health }\n");
  const approval = { checklist: "list.yaml", confirmations: 1, by: null, rollback: false };
  await expect(checklistOf(at, { ...fleet.environment, approval })).rejects.toMatchObject({
    problems: [{ code: "checklist-impossible" }],
  });
});
