import type { DatabaseNames } from "./migration-run.ts";

/** `database NAME`, as GRANT, ALTER, COMMENT and ALTER ROLE … IN say it. */
const NAMED = /(\bdatabase\s+)("(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)/gi;

/** A statement that names its own database (`alter database shop set …`, `grant connect on database shop …`) means the one that it runs on. Pure. */
export function onDatabase(statement: string, names: DatabaseNames | undefined): string {
  if (names === undefined) return statement;
  const { real, here } = names;
  return statement.replaceAll(NAMED, (all: string, word: string, name: string) => {
    const meant = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
    return meant === real ? `${word}"${here.replaceAll('"', '""')}"` : all;
  });
}
