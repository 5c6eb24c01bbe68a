const DIALECTS: Readonly<Record<string, string>> = {
  postgres: "postgres",
  postgresql: "postgres",
  pg: "postgres",
  mysql: "mysql",
  mariadb: "mysql",
  sqlite: "sqlite",
  sqlite3: "sqlite",
  cockroach: "cockroach",
  cockroachdb: "cockroach",
  mssql: "mssql",
  oracle: "oracle",
};
/** Said of how a file is run, between its name and its way. */
const MANNERS = new Set(["autocommit", "notx"]);
const CODE = /\.(?:js|mjs|cjs|ts|mts|cts|go|py|rb|fizz)$/;

/** `NAME[.DIALECT][.autocommit][.up|.down].sql`, Flyway's `V1__name.sql` and `U1__name.sql`, code; null: no migration by its name. */
export function nameOf(
  file: string,
): Readonly<{ path: string; migration: string; direction: "up" | "down" | null; dialect: string | null }> | null {
  if (
    file.startsWith(".") ||
    /\.(?:test|spec|d)\.[cm]?[jt]s$/.test(file) ||
    /^(?:index|embed|migrations?)\.[a-z]+$/.test(file)
  )
    return null;
  if (!file.endsWith(".sql") && !CODE.test(file)) return null;
  const undo = /^U([\d._]+__.*)\.sql$/.exec(file);
  if (undo?.[1] !== undefined) return { path: file, migration: `V${undo[1]}`, direction: "down", dialect: null };
  const parts = file.split(".").slice(0, -1);
  let direction: "up" | "down" | null = null;
  let dialect: string | null = null;
  for (;;) {
    const last = parts.at(-1)?.toLowerCase() ?? "";
    if (parts.length > 1 && (last === "up" || last === "down") && direction === null) direction = last;
    else if (parts.length > 1 && Object.hasOwn(DIALECTS, last) && dialect === null) dialect = DIALECTS[last] ?? null;
    else if (parts.length <= 1 || !MANNERS.has(last)) break;
    parts.pop();
  }
  return { path: file, migration: parts.join("."), direction, dialect };
}
