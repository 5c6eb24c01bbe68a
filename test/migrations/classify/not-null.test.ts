import { beforeAll, expect, test } from "vitest";
import { testPostgres } from "../../postgres.ts";
import { makeClones } from "./clones.ts";
import type { Case } from "./corpus.ts";
import { expectTruth } from "./expect-truth.ts";
import { said } from "./judge-case.ts";
import { measure } from "./measure.ts";

// What looks like a proof that a column holds no NULL, and is none: on a real server as in classifier.test.ts.
const postgres = testPostgres();
const FILLED = "update settings set flags = 1";
const CHECKED = "alter table settings add constraint flags_there check (flags is not null)";
let clones: Awaited<ReturnType<typeof makeClones>>;
beforeAll(async () => {
  clones = await makeClones(postgres.server().adminUrl);
}, 120_000);
const sql = ["alter table settings alter flags set not null"];

test.each<[string, Case, string]>([
  ["a CHECK of an earlier release", { row: 25, before: [FILLED, CHECKED], sql }, "expand"],
  [
    "a CHECK that goes in the same statement",
    { row: 25, before: [FILLED, CHECKED], sql: [`${sql[0]}, drop constraint flags_there`] },
    "expand-if",
  ],
  [
    "a CHECK that is not enforced",
    { row: 25, before: [FILLED, `${CHECKED} not enforced`], sql, since: 18 },
    "contract",
  ],
  [
    "a NOT NULL that is not valid",
    { row: 25, before: [FILLED, "alter table settings add constraint f not null flags not valid"], sql, since: 18 },
    "expand",
  ],
  [
    "a CHECK that the tables below do not have",
    {
      row: 25,
      before: [
        FILLED,
        "create table base (flags int)",
        "alter table base add constraint there check (flags is not null) no inherit",
        "alter table settings inherit base",
      ],
      sql: ["alter table base alter flags set not null"],
    },
    "contract",
  ],
])(
  "%s",
  async (_, one, worst) => {
    await clones(one.before ?? [], async (at) => {
      const measured = await measure(one, at);
      const verdict = await said(one, measured.catalog);
      expectTruth({ one, measured, said: verdict });
      expect(verdict.worst).toBe(worst);
    });
  },
  180_000,
);
