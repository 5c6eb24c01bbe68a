import pg from "pg";
import { compareCatalogs } from "../catalog/compare-catalogs.ts";
import { dataSums, lostData } from "../catalog/data.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import { templateAt } from "../classify/parse-for-verdict.ts";
import { parseSql } from "../parse-sql.ts";
import type { FoundFolder, FoundScript } from "../read/found-script.ts";
import { lossLines } from "./reversal.ts";
import { ident } from "./scratch/quote.ts";
import { sampleRows } from "./scratch/sample-rows.ts";
import { type ScratchServer, withAdmin } from "./scratch/scratch-server.ts";

/**
 * `reversible`: up, down and up again leave schema and data as they were. `order`: all but the order of columns. `lossy`: the schema comes
 * back, data does not. `different`: the schema does not. `down-fails`, `up-again-fails`: a statement is refused. `no-down`: there is no way
 * back. `up-fails`: it does not run on what those before it made. `unread`: code, or a template; only its own tool can run it.
 */
export type Reversibility = Readonly<{
  migration: string;
  verdict:
    | "reversible"
    | "order"
    | "lossy"
    | "different"
    | "down-fails"
    | "up-again-fails"
    | "no-down"
    | "up-fails"
    | "unread";
  /** One line for each thing that is otherwise, or the error. */
  why: readonly string[];
}>;

type Pair = Readonly<{ name: string; up: FoundScript; down: FoundScript | null }>;

/** Every migration of a folder of any tool, one after the other on a real server: up, down, up again, with made-up rows in all tables. */
export async function* reverseFolder(
  { scripts }: FoundFolder,
  { server, names, signal }: Readonly<{ server: ScratchServer; names: () => string; signal: AbortSignal }>,
): AsyncGenerator<Reversibility> {
  const chain = names();
  await make(server, chain, "template0");
  try {
    for (const pair of pairsOf(scripts)) {
      signal.throwIfAborted();
      const unread = await whyUnread(pair.up);
      if (unread !== null) {
        yield { migration: pair.name, verdict: "unread", why: [unread] };
        continue;
      }
      const work = names();
      await make(server, work, chain);
      try {
        const filled = await withAdmin(server, work, (client) => reverse(client, pair, true));
        if (filled.verdict === "up-fails") {
          // Made-up rows may be the ones that it cannot bear.
          const bare = names();
          await make(server, bare, chain);
          const again = await withAdmin(server, bare, (client) => reverse(client, pair, false)).finally(() =>
            drop(server, bare),
          );
          yield again.verdict === "up-fails"
            ? again
            : { ...again, why: [...again.why, `note: not with made-up rows: ${filled.why[0] ?? ""}`] };
        } else yield filled;
      } finally {
        await drop(server, work);
      }
      await withAdmin(server, chain, (client) => apply(client, pair.up));
    }
  } finally {
    await drop(server, chain);
  }
}

/** A down follows its up; who has another up after it has none. */
function pairsOf(scripts: readonly FoundScript[]): readonly Pair[] {
  return scripts.flatMap((up, at) => {
    if (up.direction !== "up") return [];
    const next = scripts[at + 1];
    const name = up.file.replace(/\/(up|migration)\.sql$|(\.\w+)?(\.up)?\.sql$/, "");
    return [{ name, up, down: next?.direction === "down" ? next : null }];
  });
}

/** Null: PostgreSQL can run it as it stands. */
async function whyUnread({ content }: FoundScript): Promise<string | null> {
  if (content.kind === "code") return `${content.language} code, which only its own tool can run`;
  if (content.kind === "unreadable") return content.problem.message;
  const { kind } = await parseSql(content.sql);
  return templateAt(content.sql, kind === "parsed") < 0 ? null : "a template, which its own tool fills in first";
}

async function reverse(client: pg.Client, { name, up, down }: Pair, rows: boolean): Promise<Reversibility> {
  const found = (verdict: Reversibility["verdict"], why: readonly string[] = []): Reversibility => ({
    migration: name,
    verdict,
    why,
  });
  if (rows) await sampleRows(client, await readCatalog(client));
  const before = await readCatalog(client);
  const sums = await dataSums(client, before);
  const upFails = await apply(client, up);
  if (upFails !== null) return found("up-fails", [upFails]);
  if (down === null) return found("no-down");
  const downFails = await apply(client, down);
  if (downFails !== null) return found("down-fails", [downFails]);
  const differences = compareCatalogs(before, await readCatalog(client));
  const hard = differences.filter(({ order }) => !order).map(({ text }) => text);
  if (hard.length > 0) return found("different", hard);
  const lost = lossLines(lostData(sums, await dataSums(client, before)));
  if (lost.length > 0) return found("lossy", lost);
  const again = await apply(client, up);
  if (again !== null) return found("up-again-fails", [again]);
  return found(
    differences.length > 0 ? "order" : "reversible",
    differences.map(({ text }) => text),
  );
}

/** Null: it ran; else what PostgreSQL said, and at which statement. */
async function apply(client: pg.Client, { content, transaction }: FoundScript): Promise<string | null> {
  if (!("sql" in content)) return content.kind === "code" ? `${content.language} code` : content.problem.message;
  try {
    const alone = !transaction || /\bconcurrently\b/i.test(content.sql);
    if (!alone) {
      await client.query(`begin;\n${content.sql}\n;commit`);
      return null;
    }
    const parsed = await parseSql(content.sql);
    if (parsed.kind === "error") return parsed.message;
    for (const { text } of parsed.statements) await client.query(text);
    return null;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    return error instanceof pg.DatabaseError ? `${error.message} (${error.code})` : String(error);
  } finally {
    // What a file sets for itself is not for the next one.
    await client.query("reset all").catch(() => undefined);
  }
}

const make = (server: ScratchServer, name: string, template: string): Promise<unknown> =>
  withAdmin(server, "postgres", (client) => client.query(`create database ${ident(name)} template ${ident(template)}`));

const drop = (server: ScratchServer, name: string): Promise<unknown> =>
  withAdmin(server, "postgres", (client) => client.query(`drop database if exists ${ident(name)} with (force)`));
