import { createHash } from "node:crypto";
import { query } from "../postgres.ts";
import type { Seen } from "./eight.ts";

type Row = Readonly<{ release: string; seq: number; text: string; sum: string }>;

/** Holds what is in the tables against what was seen outside: in its own words, with none of the store's code. */
export async function violations(url: string, seen: Seen): Promise<readonly string[]> {
  const [there] = await query<{ there: boolean }>(
    url,
    "select to_regclass('sampan_shop.journal') is not null as there",
  );
  if (there?.there !== true) return ["A all of it is lost"];
  const rows = await query<Row>(
    url,
    "select release, seq, record_json as text, sum from sampan_shop.journal order by release, seq",
  );
  const releases = await query<{ id: string; status: string }>(url, "select id, status from sampan_shop.releases");
  const found: string[] = [];
  for (const release of seen.releases) {
    const journal = rows.filter((row) => row.release === release);
    found.push(...chainBreaks(release, journal));
    found.push(...wordsBroken(release, journal, seen));
    const status = releases.filter(({ id }) => id === release).map((one) => one.status);
    if (status.join() !== "verified") found.push(`S ${release} stands as ${status.join(" and ") || "nothing"}`);
    // Whoever is killed between its end and the word of it leaves that to another, who finds all of it done.
    if (!journal.some(({ text }) => kindOf(text) === "ended")) found.push(`S ${release} has not ended`);
    const operations = seen.effects.filter((one) => one.release === release);
    const twice = operations.filter(
      ({ operation }, at) => operations.findIndex((one) => one.operation === operation) !== at,
    );
    for (const { operation } of twice) found.push(`E ${operation} was done twice`);
    for (const { operation, intended } of operations) {
      const step = operation.split("/")[1];
      const kept = journal.some(({ text }) => kindOf(text) === "intended" && text.includes(`"${step}"`));
      if (!intended || !kept) found.push(`J ${operation} was done before its intent was acknowledged`);
    }
    if (operations.length === 0) found.push(`E ${release} did nothing`);
  }
  found.push(...seen.together.map((who) => `L ${who} held the environment`));
  // One that says that the store does not answer tries again: it may be so for long on a machine at its limit.
  found.push(...seen.faults.filter((said) => !said.startsWith("StepFault")).map((said) => `F ${said}`));
  return found;
}

const kindOf = (text: string): string => (JSON.parse(text) as { kind: string }).kind;

/** From one on without a gap, each sum over the one before. */
function chainBreaks(release: string, journal: readonly Row[]): readonly string[] {
  let sum = "";
  return journal.flatMap((row, at) => {
    sum = createHash("sha256").update(`${sum}\n${row.text}`).digest("hex");
    if (row.seq === at + 1 && row.sum === sum) return [];
    sum = row.sum;
    return [`C ${release}: record ${row.seq} does not follow the one before it`];
  });
}

/** What was acknowledged is there once and in its order; what is there was asked for. */
function wordsBroken(release: string, journal: readonly Row[], { acknowledged, appending }: Seen): readonly string[] {
  const found: string[] = [];
  const places = new Map<string, number[]>();
  for (const { text, seq } of journal) places.set(text, [...(places.get(text) ?? []), seq]);
  const asked = new Set(appending.filter((one) => one.release === release).map(({ text }) => text));
  for (const [text, seqs] of places) {
    if (seqs.length > 1) found.push(`D ${release}: doubled at ${seqs.join(" and ")}: ${text}`);
    if (!asked.has(text)) found.push(`X ${release}: nobody wrote ${text}`);
  }
  const last = new Map<number, number>();
  for (const { by, text } of acknowledged.filter((one) => one.release === release)) {
    const seq = places.get(text)?.[0];
    if (seq === undefined) found.push(`A ${release}: lost, though acknowledged: ${text}`);
    else if (seq < (last.get(by) ?? 0)) found.push(`O ${release}: out of its order: ${text}`);
    else last.set(by, seq);
  }
  return found;
}
