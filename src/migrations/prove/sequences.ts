import type pg from "pg";

/** Where each sequence stands, by its name. */
export type SequenceStates = Readonly<Record<string, Readonly<{ last: string; increment: string }>>>;

export async function sequenceStates(client: pg.ClientBase): Promise<SequenceStates> {
  const { rows } = await client.query<{ name: string; last: string; increment: string }>(
    `select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, start_value - increment_by)::text as last,
       increment_by::text as increment from pg_sequences`,
  );
  return Object.fromEntries(rows.map(({ name, last, increment }) => [name, { last, increment }]));
}

/**
 * Sequences that give old code numbers again which it has had, or in other steps. No statement shows that by what it answers: a sequence gives every run
 * another number. One that was moved forward only leaves a gap, as a rollback does. Pure.
 */
export function disturbed(before: SequenceStates, after: SequenceStates): readonly string[] {
  return Object.entries(before).flatMap(([name, was]) => {
    const is = after[name];
    if (is === undefined) return [];
    if (is.increment !== was.increment)
      return [`the sequence ${name} counts by ${is.increment}, before by ${was.increment}`];
    const [from, to] = [BigInt(was.last), BigInt(is.last)];
    const back = BigInt(was.increment) > 0n ? to < from : to > from;
    return back ? [`the sequence ${name} is set back from ${was.last} to ${is.last}: numbers are given twice`] : [];
  });
}
