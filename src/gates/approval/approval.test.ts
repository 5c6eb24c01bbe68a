import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { approvalState } from "./approval-state.ts";
import { type Checklist, textOf } from "./checklist.ts";
import type { Confirmation } from "./confirmation.ts";
import { parseChecklist } from "./parse-checklist.ts";

const text = `items:
  - id: backup
    text: { en: The backup was restored, ru: Резервная копия восстановлена }
    evidence: output
  - id: ci
    text: CI is green
    by: [anna, boris]
    evidence: link
  - id: told
    text: Support knows
    required: false
`;

function read(source: string): Checklist {
  const parsed = parseChecklist(source, "/x.yaml");
  if (parsed.kind === "problems") throw new Error(JSON.stringify(parsed.problems));
  return parsed.checklist;
}

const confirmation = (more: Partial<Confirmation>): Confirmation => ({
  planId: "p1",
  item: "backup",
  by: "anna",
  at: 1,
  evidence: "restored 12 tables",
  note: null,
  ...more,
});
const ci = confirmation({ item: "ci", evidence: "https://ci.example/run/1" });

const missing = (confirmations: readonly Confirmation[], people = 1) => {
  const state = approvalState(read(text), confirmations, "p1", people);
  return state.kind === "complete" ? [] : state.items.map(({ item, why }) => `${item.id}: ${why}`);
};

test("reads a checklist with its defaults and languages", () => {
  const { items } = read(text);
  expect(items.map(({ required, evidence }) => [required, evidence])).toEqual([
    [true, "output"],
    [true, "link"],
    [false, "none"],
  ]);
  expect(items.map((item) => textOf(item, "ru"))).toEqual([
    "Резервная копия восстановлена",
    "CI is green",
    "Support knows",
  ]);
});

test("says all that is wrong at once, with its place", () => {
  const wrong = `items:
  - id: Not Good
    text: x
  - id: b
    text: { de: y }
    evidense: link
  - id: c
    text: z
    evidence: photo
other: 1
`;
  const parsed = parseChecklist(wrong, "/x.yaml");
  if (parsed.kind !== "problems") throw new Error("accepted");
  expect(parsed.problems.map(({ line }) => line).sort((a, b) => Number(a) - Number(b))).toEqual([2, 5, 6, 9, 10]);
  for (const problem of parsed.problems) expect(problem.file).toBe("/x.yaml");
  const twice = parseChecklist("items:\n  - { id: a, text: x }\n  - { id: a, text: y }\n", "/x.yaml");
  expect(twice).toMatchObject({ kind: "problems", problems: [{ code: "duplicate-item", line: 3 }] });
  expect(parseChecklist("items: [", "/x.yaml").kind).toBe("problems");
  expect(parseChecklist("", "/x.yaml").kind).toBe("problems");
});

test("is complete when every required item is confirmed for this plan", () => {
  expect(missing([])).toEqual(["backup: nobody has confirmed it", "ci: nobody has confirmed it"]);
  expect(missing([confirmation({}), ci])).toEqual([]);
});

test("a confirmation of another plan, by the wrong person, or without its evidence does not count", () => {
  expect(missing([confirmation({ planId: "p0" }), ci])).toEqual(["backup: it was confirmed for another plan"]);
  expect(missing([confirmation({}), { ...ci, by: "carl" }])).toEqual([
    "ci: carl may not confirm it; it takes anna or boris",
  ]);
  for (const evidence of ["javascript:alert(1)", "see the wiki", "", null]) {
    expect(missing([confirmation({}), { ...ci, evidence }])).toEqual(["ci: its evidence must be a link (https://…)"]);
  }
  expect(missing([confirmation({ evidence: " " }), ci])).toHaveLength(1);
  expect(missing([confirmation({ by: " " }), ci])).toEqual(["backup: it does not say who confirmed it"]);
});

test("two confirmations are two people", () => {
  const both = [confirmation({}), ci];
  expect(missing([...both, ...both], 2)).toEqual([
    "backup: 1 of 2 people have confirmed it",
    "ci: 1 of 2 people have confirmed it",
  ]);
  expect(missing([...both, ...both.map((one) => ({ ...one, by: "boris" }))], 2)).toEqual([]);
});

test("the example's checklist can be read, in both languages", () => {
  const file = new URL("../../../examples/go2asia/checklists/production.yaml", import.meta.url);
  const { items } = read(readFileSync(file, "utf8"));
  expect(items.length).toBeGreaterThan(3);
  for (const { text: words } of items) expect(words.ru).toMatch(/[а-я]/);
});
