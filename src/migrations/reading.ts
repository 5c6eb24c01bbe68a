import type pg from "pg";
import { unreachable } from "./database-fault.ts";
import { connectTo } from "./session.ts";

export type Read = <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** A session that can change nothing and waits for nobody longer than 30 s. Throws StepFault. */
export async function reading<T>(url: string, signal: AbortSignal, body: (ask: Read) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { client, place } = await connectTo(url, "sampan");
  const onAbort = () => void client.end().catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await client.query("set statement_timeout = '30s'; set default_transaction_read_only = on");
    return await body(
      async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(text, [...values])).rows,
    );
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(place, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await client.end().catch(() => undefined);
  }
}
