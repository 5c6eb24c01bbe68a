import { reading } from "./reading.ts";

/** Data migrations that have begun and are not done; `position` and `last` are keys as text. */
export const batchesUnderWay = (
  url: string,
  signal: AbortSignal,
): Promise<readonly Readonly<{ name: string; position: string; last: string; rows: number }>[]> =>
  reading(url, signal, async (ask) => {
    const [there] = await ask<{ there: boolean }>(
      "select to_regclass(quote_ident(current_schema()) || '.sampan_batches') is not null as there",
    );
    if (there?.there !== true) return [];
    return ask(
      `select b.name, b.position, b.last, b.rows::float8 as rows from sampan_batches b join sampan_migrations m using (name)
       where m.state = 'unfinished' order by b.name`,
    );
  });
