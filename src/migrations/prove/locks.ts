import pg from "pg";
import type { Catalog } from "../catalog/catalog.ts";
import { wordsOfFault } from "./fault-words.ts";
import type { Ground, Migrating, ProofCx } from "./ground.ts";
import { LOAD, longestWait } from "./longest-wait.ts";
import type { ProofPart } from "./proof.ts";
import { runUp } from "./run-up.ts";

/** Milliseconds: the runner's own limit for a lock is at most 200; what waits behind it may wait a second more. */
const BOUND = 1_200;

/**
 * The migrations of all services run at once while a transaction that has read every old table stays open and others read and write.
 * What counts is how long any of those waits for a lock, by the server's own clock.
 */
export async function proveLocks(
  at: Readonly<{ ground: Ground; database: string; catalog: Catalog; migrating: readonly Migrating[]; held: number }>,
  cx: ProofCx,
): Promise<ProofPart> {
  const began = cx.clock.monotonic();
  const { ground, database, catalog, migrating, held } = at;
  const part = (verdict: ProofPart["verdict"], evidence: string): ProofPart => ({
    part: "locks",
    verdict,
    evidence,
    took: cx.clock.monotonic() - began,
  });
  const tables = Object.entries(catalog.tables)
    .filter(([, { kind, bound }]) => kind !== "foreign" && bound === null)
    .slice(0, 60)
    .map(([name, table]) => ({
      name,
      column: table.columns.find(({ generated, identity }) => generated === "" && identity !== "always")?.name ?? null,
    }));
  if (tables.length === 0) return part("passed", "there is no old table to wait for");
  const clients = await Promise.all([0, 1, 2, 3].map(() => connected(cx.server.url(database))));
  const [reader, writer, visitor, watch] = clients;
  if (reader === undefined || writer === undefined || visitor === undefined || watch === undefined)
    throw new Error("four");
  const over = new AbortController();
  try {
    await reader.query("begin");
    for (const { name } of tables) await reader.query(`select from ${name} limit 1`);
    const busy = [
      keepOn(over.signal, cx, async (nth) => {
        const { name, column } = tables[nth % tables.length] ?? { name: "", column: null };
        if (column !== null)
          await writer
            .query(`update ${name} set ${column} = ${column} where ctid = (select ctid from ${name} limit 1)`)
            .catch(ignore);
      }),
      keepOn(over.signal, cx, async (nth) => {
        await visitor.query(`select * from ${tables[nth % tables.length]?.name ?? ""} limit 1`).catch(ignore);
      }),
    ];
    let longest = 0;
    const watching = keepOn(over.signal, cx, async () => {
      longest = Math.max(longest, await longestWait(watch));
    });
    const holding = cx.clock.sleep(held, cx.signal).finally(() => reader.query("commit").catch(ignore));
    const ups = await Promise.all(
      migrating.map(async (one) => {
        const from = cx.clock.monotonic();
        const why = await runUp(one, { ground, database, lockTimeout: held + 20_000 }, cx).then(
          () => null,
          (error: unknown) => wordsOfFault(error),
        );
        return { service: one.service, why, took: Math.round(cx.clock.monotonic() - from) };
      }),
    );
    await holding;
    over.abort();
    await Promise.all([...busy, watching]);
    cx.signal.throwIfAborted();
    // One that needs another's objects ran too early here; that it runs in order was seen elsewhere.
    const failed = ups.filter(({ why }) => why !== null);
    const times = ups.map(({ service, took }) => `${service} ${took} ms`).join(", ");
    const words = `with a reader's transaction open for ${held / 1000} s, nobody waited longer than ${longest} ms; applied in: ${times}`;
    // How a tool waits for its locks is its own affair, and cannot be mended here: it is told.
    const tools = migrating.filter(({ tool }) => tool !== null).map(({ service }) => service);
    if (longest > BOUND && tools.length > 0)
      return part(
        "passed",
        `note: somebody waited ${longest} ms for a lock: the own tool of ${tools.join(", ")} waits in line as long as it takes; ${times}`,
      );
    if (longest > BOUND)
      return part("failed", `somebody waited ${longest} ms for a lock, more than ${BOUND} ms; ${times}`);
    if (failed.length > 0 && migrating.length === 1 && tools.length === 0)
      return part("failed", `under load: ${failed[0]?.why ?? ""}`);
    return part("passed", words);
  } finally {
    over.abort();
    await Promise.all(clients.map((client) => client.end().catch(ignore)));
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: LOAD });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function keepOn(signal: AbortSignal, cx: ProofCx, once: (nth: number) => Promise<void>): Promise<void> {
  for (let nth = 0; !signal.aborted; nth += 1) {
    await once(nth).catch(ignore);
    await cx.clock.sleep(10, signal).catch(ignore);
  }
}

const ignore = (): undefined => undefined;
