import { type Kysely, sql } from "kysely";
import { STALE_FENCE, StepFault } from "../../fault.ts";
import { sha256 } from "../../io/digest.ts";
import { sqliteCode } from "../../io/sqlite.ts";
import type { JournalRecord } from "../journal.ts";
import type { Store } from "../store.ts";
import type { Tables } from "./tables.ts";

/** Each row's sum covers the one before it: a row changed, lost or put between is noticed when the journal is read. */
const chained = (previous: string, record: string): string => sha256(`${previous}\n${record}`);

type Last = { seq: number; sum: string };

/** SQLite's word for a row whose key is taken. */
const CONSTRAINT = 19;

const resumedElsewhere = (release: string) =>
  new StepFault({ code: STALE_FENCE, message: `another deployer writes the journal of ${release} now` });

export function journalOf(db: Kysely<Tables>): { append: Store["append"]; read: Store["journal"] } {
  const lasts = new Map<string, Last>();
  /** Releases whose journal somebody else goes on with: this one is not to write into it again. */
  const lost = new Set<string>();

  async function lastOf(release: string): Promise<Last> {
    const known = lasts.get(release);
    if (known !== undefined) return known;
    const row = await db
      .selectFrom("journal")
      .select(["seq", "sum"])
      .where("release", "=", release)
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    return row ?? { seq: 0, sum: "" };
  }

  /** What is to be written with the next record. */
  const waiting = new Map<string, string[]>();

  // One after another: two appends at once would read the same last row.
  let queue: Promise<void> = Promise.resolve();

  return {
    append: (release, record, durable = true) => {
      const texts = waiting.get(release) ?? [];
      waiting.set(release, texts);
      texts.push(JSON.stringify(record));
      if (!durable) return Promise.resolve();
      const appended = queue.then(async () => {
        if (lost.has(release)) throw resumedElsewhere(release);
        let next = await lastOf(release);
        const rows = texts.splice(0).map((text) => {
          next = { seq: next.seq + 1, sum: chained(next.sum, text) };
          return { release, seq: next.seq, record_json: text, sum: next.sum };
        });
        // Somebody who came after has written them with his own.
        if (rows.length === 0) return;
        try {
          await db.insertInto("journal").values(rows).execute();
        } catch (error) {
          lasts.delete(release);
          if (sqliteCode(error) === CONSTRAINT) {
            lost.add(release);
            throw resumedElsewhere(release);
          }
          throw new StepFault({
            code: "journal-write",
            message: `the journal could not be written: ${error instanceof Error ? error.message : String(error)}`,
            retry: "safe",
          });
        }
        lasts.set(release, next);
      });
      queue = appended.catch(() => {});
      return appended;
    },

    read: async (release) => {
      const rows = await db.selectFrom("journal").selectAll().where("release", "=", release).orderBy("seq").execute();
      const records: JournalRecord[] = [];
      let sum = "";
      for (const [index, row] of rows.entries()) {
        sum = chained(sum, row.record_json);
        if (row.sum === sum && row.seq === index + 1) {
          records.push(JSON.parse(row.record_json) as JournalRecord);
          continue;
        }
        if (index === rows.length - 1 && row.seq === index + 1) {
          // A torn tail: the record was never acknowledged, so nothing was done on its strength.
          await sql`delete from journal where release = ${release} and seq = ${row.seq}`.execute(db);
          break;
        }
        throw new StepFault({
          code: "journal-corrupt",
          message: `the journal of ${release} is damaged at record ${index + 1} of ${rows.length}`,
          evidence:
            "what is there can be read from the target: `sampan status`, then `sampan deploy` plans again from it",
          retry: "never",
        });
      }
      return records;
    },
  };
}
