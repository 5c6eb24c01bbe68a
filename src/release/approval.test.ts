import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import { checklistOf } from "./approval.ts";
import type { Workplace } from "./workplace.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sampan-approval-"));
  await writeFile(
    join(root, "list.yaml"),
    "items:\n  - { id: told, text: Told, by: [eva] }\n  - { id: seen, text: Seen }\n",
  );
});
afterEach(() => rm(root, { recursive: true, force: true }));

const mayConfirm = async (checklist: string | null, by: readonly string[] | null) => {
  const fleet = fleetFor(root, { production: { approval: { checklist, confirmations: 1, by, rollback: false } } });
  const { production } = fleet.environments;
  if (production === undefined) throw new Error("no production");
  const found = await checklistOf({ fleet } as unknown as Workplace, production);
  return found?.items.map((item) => [item.id, item.by]);
};

it("lets those agree whom the environment names, and for an item those whom it names itself", async () => {
  expect(await mayConfirm(null, ["ann", "bob"])).toEqual([["release", ["ann", "bob"]]]);
  expect(await mayConfirm("list.yaml", ["ann", "bob"])).toEqual([
    ["told", ["eva"]],
    ["seen", ["ann", "bob"]],
  ]);
  expect(await mayConfirm("list.yaml", null)).toEqual([
    ["told", ["eva"]],
    ["seen", null],
  ]);
});
