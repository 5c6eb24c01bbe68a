import type { Kysely } from "kysely";
import { STALE_FENCE, StepFault } from "../../fault.ts";
import { sha256 } from "../../io/digest.ts";
import type { JournalRecord } from "../journal.ts";
import type { Store } from "../store.ts";
import type { Tables } from "./tables.ts";

/** Each row's sum covers the one before it: a row changed, lost or put between is noticed when the journal is read. */
const chained = (previous: string, record: string): string => sha256(`${previous}\n${record}`);

type Row = Tables["journal"];
type Last = Pick<Row, "seq" | "sum">;

export type JournalKeeping = Readonly<{
  /** Runs a statement, as often as its database takes. */
  run: <T>(work: () => Promise<T>) => Promise<T>;
  /** The database says that a row's key is taken. */
  isTaken: (error: unknown) => boolean;
  /** It did not say whether it has happened, and may not have. */
  isUnknown: (error: unknown) => boolean;
}>;

const resumedElsewhere = (release: string) =>
  new StepFault({ code: STALE_FENCE, message: `another deployer writes the journal of ${release} now` });

export function journalOf(
  db: Kysely<Tables>,
  { run, isTaken, isUnknown }: JournalKeeping,
): Pick<Store, "append" | "journal"> {
  const lasts = new Map<string, Last>();
  /** Releases whose journal somebody else goes on with: this one is not to write into it again. */
  const lost = new Set<string>();
  /** What is to be written with the next record. */
  const waiting = new Map<string, string[]>();
  /** What may be written already, because no answer came. */
  const unsettled = new Map<string, readonly string[]>();

  const rowsAfter = (release: string, seq: number): Promise<Row[]> =>
    run(() =>
      db
        .selectFrom("journal")
        .selectAll()
        .where("release", "=", release)
        .where("seq", ">", seq)
        .orderBy("seq")
        .execute(),
    );

  async function lastOf(release: string): Promise<Last> {
    const known = lasts.get(release);
    if (known !== undefined) return known;
    const row = await run(() =>
      db
        .selectFrom("journal")
        .select(["seq", "sum"])
        .where("release", "=", release)
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst(),
    );
    return row ?? { seq: 0, sum: "" };
  }

  /** All of them or none. False: one of the places is taken. */
  async function insert(rows: readonly Row[]): Promise<boolean> {
    try {
      await run(() => db.insertInto("journal").values(rows).execute());
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  /** How many of these rows are there, in their places; anybody else's there mean that the journal is lost. */
  async function alreadyThere(release: string, { seq }: Last, rows: readonly Row[]): Promise<number> {
    const there = await rowsAfter(release, seq);
    const ours = there.filter((row, index) => row.seq === rows[index]?.seq && row.sum === rows[index].sum).length;
    if (ours > 0 && ours === there.length) return ours;
    lost.add(release);
    throw resumedElsewhere(release);
  }

  async function write(release: string, texts: readonly string[]): Promise<void> {
    if (lost.has(release)) throw resumedElsewhere(release);
    let last = await lastOf(release);
    let open = [...(unsettled.get(release) ?? []), ...texts];
    while (open.length > 0) {
      const rows = chain(release, last, open);
      try {
        // Taken: by an earlier attempt of ours whose answer was lost, which its place and its sum tell, or by somebody else.
        const written = (await insert(rows)) ? rows.length : await alreadyThere(release, last, rows);
        last = rows[written - 1] ?? last;
        open = open.slice(written);
        lasts.set(release, last);
        unsettled.delete(release);
      } catch (error) {
        if (isUnknown(error)) unsettled.set(release, open);
        else lasts.delete(release);
        throw writeFault(error);
      }
    }
  }

  // One after another: two appends at once would read the same last row.
  let queue: Promise<void> = Promise.resolve();

  return {
    append: (release, record, durable = true) => {
      const texts = waiting.get(release) ?? [];
      waiting.set(release, texts);
      texts.push(JSON.stringify(record));
      if (!durable) return Promise.resolve();
      // Somebody who came after may have written them with his own.
      const appended = queue.then(() => (texts.length === 0 ? undefined : write(release, texts.splice(0))));
      queue = appended.catch(() => {});
      return appended;
    },

    journal: async (release) => {
      const rows = await rowsAfter(release, 0);
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
          await run(() => db.deleteFrom("journal").where("release", "=", release).where("seq", "=", row.seq).execute());
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

function chain(release: string, last: Last, texts: readonly string[]): readonly Row[] {
  let { seq, sum } = last;
  return texts.map((text) => {
    seq += 1;
    sum = chained(sum, text);
    return { release, seq, record_json: text, sum };
  });
}

const writeFault = (error: unknown): StepFault =>
  error instanceof StepFault
    ? error
    : new StepFault({
        code: "journal-write",
        message: `the journal could not be written: ${error instanceof Error ? error.message : String(error)}`,
        retry: "safe",
      });
