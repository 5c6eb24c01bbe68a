import type pg from "pg";
import type { MigrationRun } from "./migration-run.ts";
import { connectTo, type Session } from "./session.ts";

export type Blockers = Readonly<{
  /** Who was in the way when last somebody was; empty when nobody has been seen. */
  seen(): string;
  stop(): Promise<void>;
}>;

type Activity = {
  pid: number;
  application_name: string;
  state: string | null;
  seconds: number | null;
  query: string | null;
};

/**
 * Looks from a second connection at who keeps this session waiting, as long as it waits: afterwards PostgreSQL cannot tell.
 * Without a second connection the migration goes on, and only says less.
 */
export function watchBlockers(session: Session, run: MigrationRun, every: number): Blockers {
  let seen = "";
  const end = new AbortController();
  const watch = async (client: pg.Client) => {
    while (!end.signal.aborted) {
      const { rows } = await client.query<Activity>(
        `select pid, application_name, state, extract(epoch from clock_timestamp() - xact_start)::int as seconds, query
         from pg_stat_activity where pid = any (pg_blocking_pids($1))`,
        [session.pid],
      );
      const words = (await Promise.all(rows.map(describe))).join("; ");
      if (words !== "" && words !== seen) run.log(`${run.service}: in the way: ${words}`);
      if (words !== "") seen = words;
      await run.clock.sleep(every, end.signal).catch(() => undefined);
    }
  };
  const watching = connectTo(session.url, `sampan ${run.release} (watching)`)
    .then(({ client }) => watch(client).finally(() => client.end()))
    .catch(() => undefined);
  return {
    seen: () => seen,
    stop: async () => {
      end.abort();
      await watching;
    },
  };
}

async function describe(one: Activity): Promise<string> {
  const name = one.application_name === "" ? "" : ` ${one.application_name}`;
  return `pid ${one.pid}${name} (${one.state ?? "state not visible"}): ${await withoutLiterals(one.query ?? "")}`;
}

/** A query of somebody else's may hold anything; only its shape is shown. */
async function withoutLiterals(query: string): Promise<string> {
  const { normalize } = await import("libpg-query");
  const shape = await normalize(query).catch(() => query.replaceAll(/'[^']*'?/g, "'…'"));
  const line = shape.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
