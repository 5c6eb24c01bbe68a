import type { Format } from "../../fleet/migration-format.ts";

/** Tools whose migrations may be pairs of files `….up.sql` and `….down.sql`. */
const IN_PAIRS: ReadonlySet<Format> = new Set(["sampan", "golang-migrate", "node-pg-migrate", "fizz", "knex", "sql"]);

/** May a file that is written so be one of that tool's? Plain SQL may be anybody's. */
export function fits(layout: Format, format: Format): boolean {
  if (layout === format || layout === "sql") return true;
  return (layout === "sampan" || layout === "golang-migrate") && IN_PAIRS.has(format);
}
