import { placesOf } from "../../variables/places-of.ts";

/** What the variables of a service become when it runs in a proof. */
export type Isolated = Readonly<{
  variables: Readonly<Record<string, string>>;
  /** Roles by which it connects to the database that is proven. */
  roles: readonly string[];
  /** Other PostgreSQL databases that it needs: they are there, and empty. */
  others: readonly Readonly<{ database: string; role: string }>[];
}>;

export type Isolation = Readonly<{
  /** `host:port/database` of the environment's database: `placeOf`. */
  place: string;
  /** Name of the clone that stands for it. */
  clone: string;
  host: string;
  port: number;
  password: string;
  /** Name of the empty database that stands for another one. */
  other: (place: string) => string;
  /** Folder that stands for storage. */
  folder: string;
  /** Given by the fleet file for proofs: they have the last word. */
  given: Readonly<Record<string, string>>;
}>;

/** Discards what it is sent: nothing listens there. */
const NOWHERE = "127.0.0.1:9";

const POSTGRES = /^(jdbc:)?(postgres(?:ql)?):\/\//i;

/** Which database a postgres:// URL names, whoever connects; null: it is none. */
export function placeOf(url: string): string | null {
  if (!POSTGRES.test(url)) return null;
  const plain = url.replace(/^jdbc:/i, "");
  if (!URL.canParse(plain)) return null;
  const { hostname, port, pathname, searchParams } = new URL(plain);
  const host = (searchParams.get("host") ?? hostname).replace(/^localhost$/, "127.0.0.1");
  return `${host}:${searchParams.get("port") ?? (port || "5432")}/${decodeURIComponent(pathname.slice(1))}`;
}

/**
 * Nothing that a proof starts may reach the environment: its database becomes a clone, other databases become empty ones, storage
 * becomes a scratch folder, and every other address one where nobody listens. Pure.
 */
export function isolate(variables: Readonly<Record<string, string>>, to: Isolation): Isolated {
  const result: Record<string, string> = {};
  const roles = new Set<string>();
  const others = new Map<string, { database: string; role: string }>();
  const list = Object.entries(variables).map(([name, value]) => ({ name, value }));
  for (const { name, value } of list) {
    const place = placeOf(value);
    if (place === null) result[name] = unreachable(value, to.folder);
    else {
      const { text, role, database } = moved(value, place, to);
      result[name] = text;
      if (place === to.place) roles.add(role);
      else others.set(database, { database, role });
    }
  }
  for (const { variable, place } of placesOf(list)) {
    if (place.engine === "file" && !variable.value.includes("://")) result[variable.name] = to.folder;
    if (place.holds === "queue" && !variable.value.includes("://")) result[variable.name] = NOWHERE;
    if (place.engine !== "postgres" || variable.value.includes("://")) continue;
    const role = family(variable.name, { variables, result, to, own: `${place.hosts[0] ?? ""}/${place.path}` });
    if (role !== null) roles.add(role);
  }
  return { variables: { ...result, ...to.given }, roles: [...roles], others: [...others.values()] };
}

function moved(
  value: string,
  place: string,
  to: Isolation,
): Readonly<{ text: string; role: string; database: string }> {
  const [prefix = ""] = /^jdbc:/i.exec(value) ?? [];
  const url = new URL(value.slice(prefix.length));
  const database = place === to.place ? to.clone : to.other(place);
  const role = decodeURIComponent(url.username) || (url.searchParams.get("user") ?? "");
  url.hostname = to.host;
  url.port = String(to.port);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (url.username !== "") url.password = encodeURIComponent(to.password);
  if (url.searchParams.has("password")) url.searchParams.set("password", to.password);
  for (const name of [...url.searchParams.keys()])
    if (/^(ssl|host|hostaddr|port|dbname|channel_binding)/i.test(name)) url.searchParams.delete(name);
  return { text: `${prefix}${url.href}`, role, database };
}

/** Any other address: the same words, and nobody there. */
function unreachable(value: string, folder: string): string {
  if (/^file:\/\//i.test(value)) return `file://${folder}`;
  return value.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*/gi, (_, scheme: string) => `${scheme}${NOWHERE}`);
}

type Family = Readonly<{
  variables: Readonly<Record<string, string>>;
  result: Record<string, string>;
  to: Isolation;
  own: string;
}>;

/** `PGHOST` with `PGDATABASE`, `DB_HOST` with `DB_NAME`, … The role, where it is the database that is proven. */
function family(name: string, { variables, result, to, own }: Family): string | null {
  const prefix = name.replace(/(DATABASE_NAME|DB_NAME|DBNAME|DATABASE|NAME|DB)$/, "");
  const mine = own.replace(/^localhost:/, "127.0.0.1:") === to.place;
  result[name] = mine ? to.clone : to.other(own);
  let role: string | null = null;
  for (const variable of Object.keys(variables)) {
    if (!variable.startsWith(prefix)) continue;
    const rest = variable.slice(prefix.length);
    if (/^(HOST|HOSTNAME|HOSTADDR)$/.test(rest)) result[variable] = to.host;
    else if (rest === "PORT") result[variable] = String(to.port);
    else if (/^(PASSWORD|PASS|PASSWD|PWD)$/.test(rest)) result[variable] = to.password;
    else if (/^SSL/.test(rest)) result[variable] = "disable";
    else if (/^(USER|USERNAME|ROLE|LOGIN)$/.test(rest) && mine) role = variables[variable] ?? null;
  }
  return role;
}
