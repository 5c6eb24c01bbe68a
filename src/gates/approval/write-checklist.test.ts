import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fleetFor } from "../../checks/testing.ts";
import { textOf } from "./checklist.ts";
import { parseChecklist } from "./parse-checklist.ts";
import { writeChecklist } from "./write-checklist.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sampan-checklist-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const read = async (file: string) => {
  const parsed = parseChecklist(await readFile(file, "utf8"), file);
  if (parsed.kind === "problems") throw new Error(JSON.stringify(parsed.problems));
  return parsed.checklist.items;
};

it("writes a list that can be read, in both languages or one", async () => {
  const fleet = fleetFor(root, { production: { after: "staging", requires: ["ci"] } });
  for (const language of [null, "ru", "en"] as const) {
    const { written } = await writeChecklist(fleet, language);
    expect(written).toBe(join(root, "checklists/production.yaml"));
    const items = await read(written);
    expect(items.flatMap(({ automatic }) => automatic?.kind ?? [])).toEqual([
      ...["branch", "tests", "ci", "variables", "migrations", "contracts", "health", "rollback"],
    ]);
    for (const item of items) {
      if (language !== "en") expect(textOf(item, "ru")).toMatch(/[а-я]/);
      if (language !== "ru") expect(textOf(item, "en")).not.toMatch(/[а-я]/);
    }
    await rm(written);
  }
});

it("asks people for what the environment cannot be asked, and says so", async () => {
  const { written, undecided } = await writeChecklist(fleetFor(root), null);
  const items = await read(written);
  expect(items.find(({ id }) => id === "ci-green")).toMatchObject({ automatic: null, evidence: "link" });
  expect(items.some(({ automatic }) => automatic?.kind === "health")).toBe(false);
  expect(undecided.join("\n")).toContain("approval: { checklist: checklists/production.yaml }");
  expect(undecided.join("\n")).toContain("requires: [ci]");
});

it("overwrites nothing, and writes what an environment names", async () => {
  const approval = { checklist: "lists/mine.yaml", confirmations: 1, by: null, rollback: false };
  const fleet = fleetFor(root, { staging: { approval } });
  const { written } = await writeChecklist(fleet, "ru");
  expect(written).toBe(join(root, "lists/mine.yaml"));
  const before = await readFile(written, "utf8");
  await expect(writeChecklist(fleet, "en")).rejects.toMatchObject({ problems: [{ code: "checklist-exists" }] });
  expect(await readFile(written, "utf8")).toBe(before);
});
