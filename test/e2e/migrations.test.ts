import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { query, testPostgres } from "../postgres.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

const postgres = testPostgres();
let fleet: TinyFleet;
let url: string;
const release = async (...args: string[]) => {
  const ran = await sampan([...args, "--json"], { cwd: fleet.root, env: fleet.env });
  return { code: ran.code, document: ran.json() as ReleaseDocument };
};
const columns = async () =>
  (await query(url, "select column_name from information_schema.columns where table_name = 'ships' order by 1")).map(
    (row) => Object.values(row)[0],
  );
const migration = (name: string, up: string, down: string): void => {
  fleet.write(`services/auth/migrations/${name}.up.sql`, up);
  fleet.write(`services/auth/migrations/${name}.down.sql`, down);
};

beforeAll(async () => {
  url = await postgres.database();
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }], {});
  for (const name of ["auth", "blog"])
    fleet.write(`services/${name}/.env.example`, name === "auth" ? "MOTTO=\nMIGRATION_DATABASE_URL=\n" : "MOTTO=\n");
  fleet.write("env/staging.env", `MOTTO=first\nMIGRATION_DATABASE_URL=${url}\n`);
  const yaml = "    migrations: { dir: migrations, url: MIGRATION_DATABASE_URL }\n";
  const text = (await import("node:fs")).readFileSync(`${fleet.root}/sampan.yaml`, "utf8");
  fleet.write("sampan.yaml", text.replace("    path: services/auth\n", `    path: services/auth\n${yaml}`));
  migration("0001_ships", "create table ships (id int primary key);", "drop table ships;");
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" } });
}, 120_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

describe("migrations of a release", { timeout: 60_000 }, () => {
  it("run before its first instance, once", async () => {
    const { code } = await release("deploy", "staging");
    expect(code).toBe(0);
    expect(await columns()).toEqual(["id"]);
  });

  it("that fail half way leave the schema and the old version as they were", async () => {
    migration(
      "0002_sails",
      "alter table ships add column sails int;\nalter table nowhere add column x int;",
      "alter table ships drop column sails;",
    );
    fleet.commit("broken", { auth: { version: "2" }, blog: { version: "2" } });
    const { code, document } = await release("deploy", "staging");
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    expect(document.problems[0]?.message).toContain("0002_sails");
    expect(await columns()).toEqual(["id"]);
    expect((await release("deploy", "staging")).code).toBe(4);
  });

  it("stay when a rollback is not told otherwise, and go with --migrations, from the newer artifact", async () => {
    migration("0002_sails", "alter table ships add column sails int;", "alter table ships drop column sails;");
    migration("0010_masts", "alter table ships add column masts int;", "alter table ships drop column masts;");
    fleet.commit("two", { auth: { version: "2" }, blog: { version: "2" } });
    expect((await release("deploy", "staging")).code).toBe(0);
    expect(await columns()).toEqual(["id", "masts", "sails"]);
    expect((await release("rollback", "staging")).code).toBe(0);
    expect(await columns()).toEqual(["id", "masts", "sails"]);
    expect((await release("deploy", "staging")).code).toBe(0);
    expect((await release("rollback", "staging", "--migrations")).code).toBe(0);
    expect(await columns()).toEqual(["id"]);
    expect((await release("deploy", "staging")).code).toBe(0);
    expect(await columns()).toEqual(["id", "masts", "sails"]);
  });

  it("that were edited after they ran are refused", async () => {
    migration("0002_sails", "alter table ships add column sails bigint;", "alter table ships drop column sails;");
    fleet.commit("edited", { auth: { version: "3" } });
    const ran = await sampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("0002_sails was edited");
  });
});
