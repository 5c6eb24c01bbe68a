import { noLatency } from "../latency.ts";
import type { Actual, Pool, Slot } from "./actual.ts";
import { MAP } from "./config.ts";
import { type Counters, EPOCH_KEY, LISTEN_KEY, listenEntry, POOLS_KEY, poolEntry, slotEntry } from "./entry.ts";
import { type MapEntries, parseMap } from "./map-text.ts";
import { poolId } from "./pool-name.ts";

type Row = ReadonlyMap<string, string>;

export const MAP_QUESTION = `show map ${MAP}`;

/** The map in HAProxy's answer; null when it is not whole, or not one of ours. */
export const entriesOf = (answer: string): MapEntries | null => parseMap(answer, true);

/** The backend sections that somebody has or still finishes something in: HAProxy has many more, and to list them all takes its time. */
export function poolsInUse(entries: MapEntries): readonly string[] {
  return [...new Set([...entries.keys()].flatMap((key) => /^b\d+(?=\/|$)/.exec(key)?.[0] ?? []))];
}

export const questionsFor = (pools: readonly string[]): readonly string[] => [
  ...pools.map((pool) => `show stat ${poolId(pool)} 4 -1`),
  "show table latency",
];

/** The picture in HAProxy's answers; null when they are not those of a HAProxy that we configured. */
export function actualOf(entries: MapEntries, answer: string): Actual | null {
  const listen = entries.get(LISTEN_KEY);
  const epoch = Number(entries.get(EPOCH_KEY) ?? Number.NaN);
  const size = Number(entries.get(POOLS_KEY) ?? Number.NaN);
  if (listen === undefined || !Number.isInteger(epoch) || !Number.isInteger(size)) return null;
  return { epoch, listen: listenEntry(listen), size, pools: poolsOf(rowsOf(answer), entries, latenciesOf(answer)) };
}

function poolsOf(
  rows: readonly Row[],
  entries: MapEntries,
  latencies: ReadonlyMap<string, readonly number[]>,
): readonly Pool[] {
  const pools = new Map<string, Slot[]>();
  for (const row of rows) {
    const pool = row.get("pxname") ?? "";
    const slots = pools.get(pool) ?? [];
    pools.set(pool, slots);
    const name = row.get("svname") ?? "";
    const entry = entries.get(`${pool}/${name}`);
    slots.push({
      name,
      address: row.get("addr") ?? "",
      state: stateOf(row.get("status") ?? ""),
      weight: numberIn(row, "uweight"),
      sessions: numberIn(row, "scur"),
      counters: countersOf(row),
      latency: latencies.get(`${pool}/${name}`) ?? noLatency(),
      entry: entry === undefined ? null : slotEntry(entry),
    });
  }
  return [...pools].map(([name, slots]) => {
    const entry = entries.get(name);
    return { name, entry: entry === undefined ? null : poolEntry(entry), slots };
  });
}

function stateOf(status: string): Slot["state"] {
  if (status.startsWith("MAINT")) return "maint";
  return status.startsWith("DRAIN") ? "drain" : "ready";
}

/** Answers of 1xx are upgrades; who never got a connection or a whole answer is counted by HAProxy beside the statuses. */
function countersOf(row: Row): Counters {
  const sum = (...names: readonly string[]) => names.reduce((total, name) => total + numberIn(row, name), 0);
  return {
    served: sum("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx"),
    failed: sum("hrsp_5xx", "econ", "eresp"),
  };
}

const numberIn = (row: Row, name: string): number => Number(row.get(name) ?? 0);

/** The comma-separated parts: a line of names, then a line for each server. */
function rowsOf(answer: string): readonly Row[] {
  let names: readonly string[] = [];
  return answer.split("\n").flatMap((line) => {
    if (line.startsWith("# pxname,")) names = line.slice(2).split(",");
    if (!/^b\d+,/.test(line)) return [];
    const values = line.split(",");
    return [new Map(names.map((name, index) => [name, values[index] ?? ""]))];
  });
}

/** `0x…: key=b1/s2 use=0 exp=0 gpc0=4 gpc1=0 …` */
function latenciesOf(answer: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  const start = answer.indexOf("# table: latency");
  if (start < 0) return found;
  for (const line of answer.slice(start).split("\n")) {
    const key = / key=(\S+)/.exec(line)?.[1];
    if (key === undefined) continue;
    const counts = noLatency();
    for (const [, index, count] of line.matchAll(/ gpc(\d+)=(\d+)/g)) counts[Number(index)] = Number(count);
    found.set(key, counts);
  }
  return found;
}
