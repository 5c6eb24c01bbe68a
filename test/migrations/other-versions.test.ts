import { describe, test } from "vitest";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { revertMigrations } from "../../src/migrations/revert-migrations.ts";
import { testRun } from "../migration-run.ts";
import { binOf, OTHER_MAJORS, startOther } from "../postgres-majors.ts";
import { expectWhole, LEDGER, persist, prepareGround } from "./ledger.ts";
import { wire } from "./wire.ts";

const found: { major: number; bin: string }[] = [];
for (const major of OTHER_MAJORS) {
  const bin = await binOf(major);
  if (bin !== null) found.push({ major, bin });
}

describe.each(found)("PostgreSQL $major", ({ bin }) => {
  test("is migrated up and down, in batches and CONCURRENTLY, and through a cut at a COMMIT", async () => {
    const server = await startOther(bin);
    const url = server.url("postgres");
    await prepareGround(url);
    const run = await testRun(url, LEDGER, { confirmed: ["ledger"] });
    const counting = await wire(url, null);
    await applyMigrations({ ...run, url: counting.url });
    counting.close();
    await expectWhole(url, true);
    await revertMigrations(run);
    await expectWhole(url, false);
    const commits = counting.sent().flatMap((statement, at) => (statement === "commit" ? [at] : []));
    const nth = commits[2];
    if (nth === undefined) throw new Error("there are commits");
    const cut = await wire(url, { nth, moment: "after" });
    await persist({ ...run, url: cut.url }, applyMigrations);
    cut.close();
    await expectWhole(url, true);
    await server.stop();
  }, 120_000);
});
