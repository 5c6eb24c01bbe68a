import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Finding, failed, inconclusive, passed } from "../subject.ts";
import { type Asked, approvalState, missing as missingOf, takesPerson } from "./approval-state.ts";
import { type Checklist, type ChecklistItem, textOf } from "./checklist.ts";
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

const missing = (confirmations: readonly Confirmation[], people = 1) =>
  open({
    checklist: read(text),
    confirmations,
    findings: new Map(),
    planId: "p1",
    used: { agreed: [], ended: null },
    people,
  });

const open = (asked: Asked) => missingOf(approvalState(asked)).map(({ item, open: why }) => `${item.id}: ${why}`);

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

test("who agreed to a release did not agree to its repetition", () => {
  const said = (at: number) => ({ ...confirmation({}), at });
  const asked = { checklist: read(text), findings: new Map(), planId: "p1", used: { agreed: [], ended: 5 }, people: 1 };
  const later = { ...ci, at: 6 };
  expect(open({ ...asked, confirmations: [said(5), later] })).toEqual([
    "backup: it was confirmed for a release that has ended since",
  ]);
  expect(open({ ...asked, confirmations: [said(6), later] })).toEqual([]);
  // Whose clock is ahead agreed all the same before it ended.
  const { item, by } = confirmation({});
  const used = { agreed: [{ item, by, at: 6 }], ended: 5 };
  expect(open({ ...asked, used, confirmations: [said(6), later] })).toHaveLength(1);
  expect(open({ ...asked, used, confirmations: [said(7), later] })).toEqual([]);
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
  expect(missing([confirmation({ by: "ann\n✓ told" }), ci])).toEqual([
    "backup: a name is one line of at most 100 characters",
  ]);
  expect(missing([confirmation({ evidence: "x".repeat(20_000) }), ci])[0]).toContain("show a file instead");
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

const AUTOMATIC = `items:
  - { id: schema, automatic: migrations }
  - { id: watched, automatic: { monitoring: "https://monitoring.example/-/ready" }, orPerson: true, evidence: link }
  - { id: told, text: Told }
`;

describe("an automatic item", () => {
  const automatic = (found: Readonly<Record<string, Finding>>, confirmations: readonly Confirmation[] = []) =>
    open({
      ...{
        checklist: read(AUTOMATIC),
        findings: new Map(Object.entries(found)),
        planId: "p1",
        used: { agreed: [], ended: null },
        people: 1,
      },
      confirmations: [confirmation({ item: "told", evidence: null }), ...confirmations],
    });
  const well = { schema: passed("2 proven"), watched: passed("it answered 200") };
  const word = (item: string) => confirmation({ item, evidence: "https://chat.example/1" });

  test("is filled by what was found, and by nothing else", () => {
    expect(automatic(well)).toEqual([]);
    expect(automatic({})).toEqual(["schema: it was not looked at", "watched: it was not looked at"]);
    expect(automatic({ ...well, schema: failed("auth: old-on-new: 42703") })).toEqual([
      "schema: auth: old-on-new: 42703",
    ]);
  });

  test("takes no person's word, unless it says so, and then only where nothing could be found out", () => {
    const unknown = { ...well, schema: inconclusive("0007 is not proven"), watched: inconclusive("nobody knows") };
    expect(automatic(unknown, [word("schema"), word("watched")])).toEqual(["schema: 0007 is not proven"]);
    expect(automatic({ ...well, watched: failed("it answered 503") }, [word("watched")])).toEqual([
      "watched: it answered 503",
    ]);
    const states = approvalState({
      ...{
        checklist: read(AUTOMATIC),
        findings: new Map(Object.entries(unknown)),
        planId: "p1",
        used: { agreed: [], ended: null },
        people: 1,
      },
      confirmations: [],
    });
    expect(states.map(takesPerson)).toEqual([false, true, true]);
  });

  test("has a text of its own in both languages, unless the checklist says it", () => {
    const { items } = read(AUTOMATIC);
    expect(textOf(items[0] as ChecklistItem, "ru")).toMatch(/[а-я]/);
    expect(items.map(({ automatic: kind }) => kind)).toEqual([
      { kind: "migrations" },
      { kind: "monitoring", url: "https://monitoring.example/-/ready" },
      null,
    ]);
    expect(read("items: [{ id: a, text: Ours, automatic: ci }]").items[0]?.text).toEqual({ en: "Ours", ru: null });
  });

  test.each([
    ["{ id: a, automatic: rollbak }", "expected branch, ci"],
    ["{ id: a, automatic: { monitoring: ftp://x } }", "an address such as"],
    ["{ id: a, automatic: { monitoring: 'https://ann:secret@x.example/' } }", "an address such as"],
    ["{ id: a }", "it says nothing to confirm"],
    ["{ id: a, text: x, orPerson: true }", "orPerson belongs to an automatic item"],
    ["{ id: a, automatic: health, by: [ann] }", "nobody confirms an automatic item"],
    ["{ id: a, automatic: health, evidence: link }", "nobody confirms an automatic item"],
  ])("is refused where it makes no sense: %s", (item, said) => {
    const parsed = parseChecklist(`items:\n  - ${item}\n`, "/x.yaml");
    if (parsed.kind !== "problems") throw new Error("accepted");
    expect(parsed.problems).toHaveLength(1);
    expect(parsed.problems[0]?.message).toContain(said);
    expect(parsed.problems[0]?.line).toBe(2);
  });
});

test("the example's checklist can be read, in both languages", () => {
  const file = new URL("../../../examples/go2asia/checklists/production.yaml", import.meta.url);
  const { items } = read(readFileSync(file, "utf8"));
  expect(items.length).toBeGreaterThan(3);
  for (const { text: words } of items) expect(words.ru).toMatch(/[а-я]/);
});
