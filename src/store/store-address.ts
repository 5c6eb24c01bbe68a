import { join } from "node:path";
import { StepFault } from "../fault.ts";
import type { StoreSpec } from "../fleet/fleet.ts";
import { readPrivateText } from "../io/read-private.ts";
import { problem, Refused } from "../problem.ts";
import { passwordFor } from "./password-file.ts";

/** libpq's words for how TLS is used. */
export type Tls = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

const TLS: readonly string[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** Where a team's store is, and how one gets in. */
export type StoreAddress = Readonly<{
  /** `postgres://` URL without its password and without what it says of TLS. */
  url: URL;
  /** `host:port/database`, for messages. */
  place: string;
  tls: Tls;
  /** Files for TLS, by libpq's names. */
  files: Readonly<Record<string, string>>;
  /** Asked for when the server wants one. Throws StepFault `store-no-password`. Never in a message. */
  password: (who: Readonly<{ host: string; port: number; database: string; user: string }>) => string;
}>;

type Env = Readonly<Record<string, string>>;

/** @throws Refused: the variable that the fleet file names holds no address. */
export function storeAddress(
  spec: Exclude<StoreSpec, { kind: "folder" }>,
  at: Readonly<{ env: Env; home: string }>,
): StoreAddress {
  const { env, home } = at;
  const text = spec.kind === "postgres" ? spec.url : fromVariable(spec.name, env);
  const named = spec.kind === "postgres" ? "store" : spec.name;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw new Refused([
      problem("store-url", `${named} holds no address such as postgres://sampan@db.example/sampan`, null),
    ]);
  }
  const own = decodeURIComponent(url.password) || url.searchParams.get("password") || null;
  const tls = url.searchParams.get("sslmode") ?? env.PGSSLMODE ?? "prefer";
  if (!TLS.includes(tls)) {
    throw new Refused([problem("store-url", `${named}: sslmode is none of ${TLS.join(", ")}`, null)]);
  }
  const files = Object.fromEntries(
    (["sslrootcert", "sslcert", "sslkey"] as const).flatMap((name) => {
      const file = url.searchParams.get(name) ?? env[`PG${name.toUpperCase()}`];
      // The system's own authorities are what Node trusts anyway.
      return file === undefined || file === null || file === "system" ? [] : [[name, file]];
    }),
  );
  for (const name of ["password", "sslmode", "sslrootcert", "sslcert", "sslkey"]) url.searchParams.delete(name);
  url.password = "";
  const host = url.searchParams.get("host") ?? (url.hostname || env.PGHOST || "localhost");
  const place = `${host}:${url.port || env.PGPORT || 5432}${url.pathname}`;
  return {
    url,
    place,
    tls: tls as Tls,
    files,
    password: (who) => {
      const given = own ?? env.PGPASSWORD;
      if (given !== undefined && given !== "") return given;
      const file = env.PGPASSFILE ?? join(home, ".pgpass");
      const found = passwordFor(readPrivateText(file) ?? "", who);
      if (found !== null) return found;
      throw new StepFault({
        code: "store-no-password",
        message: `the store at ${place} wants a password of ${who.user}, and there is none`,
        evidence: `give it in PGPASSWORD or in ${file} (readable by you alone), or let \`store: { url: VARIABLE }\` name a variable that holds the whole address`,
      });
    },
  };
}

function fromVariable(name: string, env: Env): string {
  const text = env[name];
  if (text !== undefined && text !== "") return text;
  throw new Refused([
    problem(
      "store-url",
      `the fleet file says that ${name} holds the store's address, and it is not set`,
      `set ${name} to postgres://user:password@host/database, as a secret where this runs`,
    ),
  ]);
}
