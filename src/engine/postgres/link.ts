import type { PostgresPool } from "kysely";
import pg from "pg";
import { ConnectionLost, isLost, wordsOf } from "./lost.ts";

/** Milliseconds that one statement of the store may take; the server, or the way to it, is then given up on. */
const ANSWERS_WITHIN = 15_000;

/**
 * One connection, for as long as it lasts: the first statement after its end makes another. Nothing of a session is relied on, so it may be a
 * pooler's as well.
 */
export function link(first: pg.Client, open: () => Promise<pg.Client>): PostgresPool {
  let current: Promise<pg.Client> | null = null;
  let asked = 0;

  const keep = (opened: Promise<pg.Client>): Promise<pg.Client> => {
    const opening = opened.then((client) => {
      const forget = (): void => {
        if (current === opening) current = null;
      };
      client.on("error", forget);
      client.on("end", forget);
      return client;
    });
    current = opening;
    opening.catch(() => {
      if (current === opening) current = null;
    });
    return opening;
  };
  void keep(Promise.resolve(first));

  return {
    connect: async () => {
      const own = current ?? keep(open());
      const client = await own;
      const drop = (): void => {
        if (current === own) current = null;
        void client.end().catch(() => undefined);
      };
      return {
        query: async (text: string, values: readonly unknown[]) => {
          asked += 1;
          held(client, true);
          try {
            return await client.query({ text, values: [...values], query_timeout: ANSWERS_WITHIN } as pg.QueryConfig);
          } catch (error) {
            const answered = error instanceof pg.DatabaseError;
            // One that has timed out may still answer, and be taken for the answer to the next.
            if (!answered || isLost(error)) drop();
            throw answered ? error : new ConnectionLost(wordsOf(error));
          } finally {
            asked -= 1;
            if (asked === 0) held(client, false);
          }
        },
        release: () => undefined,
      } as unknown as Awaited<ReturnType<PostgresPool["connect"]>>;
    },
    end: async () => {
      const last = current;
      current = null;
      await (await last)?.end();
    },
    options: {},
  };
}

/** Whether this connection keeps the process from ending by itself. */
function held(client: pg.Client, yes: boolean): void {
  const socket = client as unknown as Readonly<{ ref: () => void; unref: () => void }>;
  if (yes) socket.ref();
  else socket.unref();
}
