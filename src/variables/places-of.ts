import { namespacePlace } from "./namespace-place.ts";
import type { Place } from "./place.ts";
import { pointsTo } from "./points-to.ts";

type Named = Readonly<{ name: string; value: string }>;

export type NamedPlace<V extends Named> = Readonly<{ variable: V; place: Place }>;

const ENDPOINT = /^(AWS_ENDPOINT_URL(_S3)?|(AWS_)?S3_ENDPOINT(_URL)?|STORAGE_ENDPOINT|MINIO_ENDPOINT)$/i;

/** Every database, queue and storage that a service's variables name, also by several of them together (`DB_HOST` with `DB_NAME`, libpq's `PGHOST`). */
export function placesOf<V extends Named>(
  variables: readonly V[],
  given: Readonly<{ base?: string }> = {},
): readonly NamedPlace<V>[] {
  const endpoint = variables.find(({ name, value }) => ENDPOINT.test(name) && value !== "")?.value ?? null;
  const single = variables.flatMap((variable) => {
    const place = ENDPOINT.test(variable.name) ? null : pointsTo(variable, { ...given, endpoint });
    return place === null ? [] : [{ variable, place }];
  });
  const namespaces = variables.flatMap((variable) => {
    const place = namespacePlace(variable, variables);
    return place === null ? [] : [{ variable, place }];
  });
  return [...single, ...variables.flatMap((variable) => together(variable, variables)), ...namespaces];
}

const NAMES = ["DATABASE", "DB", "NAME", "DBNAME", "DB_NAME", "DATABASE_NAME"];

/** Told by the variable that names the database. */
function together<V extends Named>(variable: V, variables: readonly V[]): readonly NamedPlace<V>[] {
  const suffix = NAMES.find(
    (name) => variable.name.endsWith(name) && /(^PG|_)$/.test(variable.name.slice(0, -name.length)),
  );
  const written =
    variables.length > 0 && suffix !== undefined && variable.value !== "" && !variable.value.includes("://");
  if (!written) return [];
  const prefix = variable.name.slice(0, -suffix.length);
  const other = (name: string) => variables.find((candidate) => candidate.name === `${prefix}${name}`)?.value || null;
  const host = other("HOST") ?? other("HOSTNAME") ?? other("HOSTADDR");
  if (host === null) return [];
  const scheme = SCHEMES.find(([pattern]) => pattern.test(prefix))?.[1] ?? "postgres";
  const socket = host.startsWith("/");
  const port = other("PORT");
  const address = socket ? `?host=${encodeURIComponent(host)}` : "";
  const value = `${scheme}://${socket ? "" : host}${port === null || socket ? "" : `:${port}`}/${encodeURIComponent(variable.value)}${address}`;
  const place = pointsTo({ name: variable.name, value: socket && port !== null ? `${value}&port=${port}` : value });
  return place === null ? [] : [{ variable, place }];
}

const SCHEMES: readonly (readonly [RegExp, string])[] = [
  [/MYSQL|MARIA/, "mysql"],
  [/MONGO/, "mongodb"],
  [/REDIS|VALKEY/, "redis"],
  [/MSSQL|SQLSERVER/, "sqlserver"],
];
