import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "../../../src/problem.ts";
import type { ReleaseDocument } from "../../../src/release/outcome.ts";
import { query } from "../../postgres.ts";
import { sampan } from "../../sampan.ts";
import { type TinyFleet, tinyFleet } from "../../tiny/tiny-fleet.ts";

/** What a version of a service sends to the database, by path. `work` is its smoke test. */
export type Code = Readonly<{ version: string; sql: Readonly<Record<string, string>>; knows?: readonly string[] }>;

/** How a command ended, and what it left. */
export type End = Readonly<{
  code: number | null;
  status: string | null;
  problems: readonly Problem[];
  stdout: string;
  stderr: string;
}>;

/** Two services on one database, as two roles: `shop` owns the tables and migrates them, `audit` may read the orders. */
export type ShopFleet = Readonly<{
  fleet: TinyFleet;
  /** As the superuser. */
  rows: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  migration: (name: string, up: string, down?: string | null) => void;
  without: (name: string) => void;
  commit: (shop: Code) => void;
  git: (...args: string[]) => string;
  run: (...args: string[]) => Promise<End>;
  /** Through the router: what serves there. */
  serves: (service: "shop" | "audit") => Promise<Readonly<{ status: number; version: string | null }>>;
}>;

const DECLARED = `    migrations:
      dir: migrations
      url: MIGRATION_DATABASE_URL
      checks: [GET /shop/list -> 200, GET /shop/add -> 200]
`;

/** `admin` is a superuser's URL of an empty database. */
export async function shopFleet(admin: string): Promise<ShopFleet> {
  await query(
    admin,
    `create role shop_owner login password 'owner-pass-7'; create role shop_app login password 'app-pass-7'; create role audit_app login password 'audit-pass-7';
     grant all on schema public to shop_owner; grant usage on schema public to shop_app, audit_app`,
  );
  const as = (role: string, password: string): string => {
    const url = new URL(admin);
    [url.username, url.password] = [role, password];
    return url.href;
  };
  const fleet = await tinyFleet([{ name: "shop" }, { name: "audit" }], { fleet: "shop" });
  const server = fileURLToPath(new URL("../../tiny/database-server.mjs", import.meta.url));
  const module = fileURLToPath(import.meta.resolve("pg"));
  const pool = { shop: as("shop_app", "app-pass-7"), audit: as("audit_app", "audit-pass-7") };
  for (const name of ["shop", "audit"] as const) {
    cpSync(server, join(fleet.root, `services/${name}/server.mjs`));
    const owner = name === "shop" ? `MIGRATION_DATABASE_URL=${as("shop_owner", "owner-pass-7")}\n` : "";
    fleet.write(
      `services/${name}/.env.example`,
      `DATABASE_URL=\nPG_MODULE=\n${owner === "" ? "" : "MIGRATION_DATABASE_URL=\n"}`,
    );
    fleet.write(`env/${name}.env`, `DATABASE_URL=${pool[name]}\nPG_MODULE=${module}\n${owner}`);
  }
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(join(fleet.root, "sampan.yaml"), "utf8");
  fleet.write(
    "sampan.yaml",
    text
      .replace("    path: services/shop\n", `    path: services/shop\n${DECLARED}`)
      .replace("variables: [env/staging.env]", 'variables: ["env/{service}.env"]'),
  );
  const file = (name: string, direction: string): string => `services/shop/migrations/${name}.${direction}.sql`;
  return {
    fleet,
    rows: (sql) => query(admin, sql),
    migration: (name, up, down = null) => {
      fleet.write(file(name, up.includes("-- sampan: batches") ? "data" : "up"), `${up}\n`);
      if (down !== null) fleet.write(file(name, "down"), `${down}\n`);
    },
    without: (name) => {
      for (const direction of ["up", "down"]) fleet.remove(file(name, direction));
    },
    commit: (shop) => {
      fleet.write("services/shop/behaviour.json", JSON.stringify(shop));
      fleet.commit(shop.version, {});
    },
    git: fleet.git,
    run: async (...args) => {
      const { code, stdout, stderr } = await sampan([...args, "--json"], { cwd: fleet.root, env: fleet.env });
      const document = parsed(stdout);
      return { code, status: document?.status ?? null, problems: document?.problems ?? [], stdout, stderr };
    },
    serves: async (service) => {
      const response = await fetch(`http://127.0.0.1:${fleet.listen}/${service}/work`);
      await response.arrayBuffer();
      return { status: response.status, version: response.headers.get("x-version") };
    },
  };
}

function parsed(text: string): Pick<ReleaseDocument, "status" | "problems"> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
