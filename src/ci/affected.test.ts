import fc from "fast-check";
import { expect, it } from "vitest";
import { affectedBy } from "./affected.ts";

const services = [
  { name: "auth", needs: [] },
  { name: "content", needs: ["auth"] },
  { name: "blog", needs: ["content"] },
  { name: "mail", needs: [] },
];
const made = (change: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(services.map(({ name }) => [name, { artifact: change[name] ?? "same" }]));
const of = (change: Readonly<Record<string, string>>) =>
  affectedBy(services, { before: made(), after: made(change) }).map(({ name, because }) => `${name} ${because}`);

it("reaches what needs a changed service, directly or not, and nothing else", () => {
  expect(of({})).toEqual([]);
  expect(of({ auth: "new" })).toEqual(["auth changed", "content needs", "blog needs"]);
  expect(of({ blog: "new", mail: "new" })).toEqual(["blog changed", "mail changed"]);
});

it("takes a service that was not there before for a changed one", () => {
  const { mail: _, ...before } = made();
  expect(affectedBy(services, { before, after: made() })).toEqual([{ name: "mail", because: "changed" }]);
});

it("takes everything for changed where there is nothing to compare with", () => {
  expect(affectedBy(services, { before: null, after: made() }).map(({ because }) => because)).toEqual(
    Array(4).fill("changed"),
  );
});

it("names what a walk along the needs would", () => {
  const fleet = fc
    .integer({ min: 1, max: 8 })
    .chain((size) =>
      fc.tuple(
        fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
        fc.array(fc.boolean(), { minLength: size, maxLength: size }),
      ),
    );
  fc.assert(
    fc.property(fleet, ([needs, changed]) => {
      const all = needs.map((of, index) => ({ name: `s${index}`, needs: of.map((need) => `s${need}`) }));
      const before = Object.fromEntries(all.map(({ name }) => [name, { artifact: "old" }]));
      const after = Object.fromEntries(
        all.map(({ name }, index) => [name, { artifact: changed[index] ? "new" : "old" }]),
      );
      const reaches = (index: number, seen: readonly number[]): boolean =>
        changed[index] === true ||
        (needs[index] ?? []).some((need) => !seen.includes(need) && reaches(need, [...seen, need]));
      expect(affectedBy(all, { before, after }).map(({ name }) => name)).toEqual(
        all.flatMap(({ name }, index) => (reaches(index, [index]) ? [name] : [])),
      );
    }),
  );
});
