import pg from "pg";
import { ConnectionLost, wordsOf } from "../engine/postgres/lost.ts";
import { StepFault } from "../fault.ts";
import type { StoreAddress, Tls } from "./store-address.ts";

/** Milliseconds that the server may take to let us in. */
const CONNECT_WITHIN = 10_000;

const NO_TLS = "The server does not support SSL connections";

/** 64-bit numbers here are times and counts, which a double holds to the last. */
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as "text"),
} as pg.CustomTypesConfig;

/**
 * TLS by libpq's rules: `prefer`, the default, takes a server's word that it has none. Throws StepFault, a DatabaseError of the server, or ConnectionLost.
 */
export async function connectStore(address: StoreAddress): Promise<pg.Client> {
  for (const tls of triesOf(address.tls)) {
    const client = clientOf(address, tls);
    try {
      await client.connect();
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      if (error instanceof StepFault || error instanceof pg.DatabaseError) throw error;
      if (address.tls === "prefer" && tls === "require" && wordsOf(error) === NO_TLS) continue;
      if (isOfTls(error)) throw tlsFault(address, error);
      throw new ConnectionLost(wordsOf(error));
    }
  }
  throw new ConnectionLost("no connection");
}

const triesOf = (tls: Tls): readonly Tls[] =>
  tls === "prefer" ? ["require", "disable"] : tls === "allow" ? ["disable", "require"] : [tls];

function clientOf(address: StoreAddress, tls: Tls): pg.Client {
  let client: pg.Client;
  try {
    client = new pg.Client({
      connectionString: urlWith(address, tls),
      application_name: "sampan store",
      connectionTimeoutMillis: CONNECT_WITHIN,
      keepAlive: true,
      keepAliveInitialDelayMillis: CONNECT_WITHIN,
      types,
    });
  } catch (error) {
    // A file for TLS that cannot be read.
    throw tlsFault(address, error);
  }
  client.on("error", () => undefined);
  const { host, port, database = "", user = "" } = client;
  const own = client as unknown as { password: () => string };
  own.password = () => address.password({ host, port, database, user });
  return client;
}

/** As node-postgres is told of TLS. */
export function urlWith({ url, files }: StoreAddress, tls: Tls): string {
  const whole = new URL(url);
  whole.searchParams.set("uselibpqcompat", "true");
  whole.searchParams.set("sslmode", tls);
  if (tls !== "disable") for (const [name, file] of Object.entries(files)) whole.searchParams.set(name, file);
  return whole.href;
}

const isOfTls = (error: unknown): boolean =>
  wordsOf(error) === NO_TLS ||
  (error instanceof Error &&
    "code" in error &&
    /^(CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME|ERR_TLS|ERR_SSL)/.test(String(error.code)));

const tlsFault = ({ place, tls }: StoreAddress, error: unknown): StepFault =>
  new StepFault({
    code: "store-tls",
    message: `the store at ${place} cannot be trusted, or spoken to, with sslmode=${tls}: ${wordsOf(error)}`,
    evidence: "sslrootcert names the authority that its certificate is of; sslmode is libpq's",
    retry: "never",
  });
