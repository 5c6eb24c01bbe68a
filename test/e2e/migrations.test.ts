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

describe("migrations of a release", { timeout: 200_000 }, () => {
  it("that another tool has run already are taken over, not run again", async () => {
    await query(url, "create table schema_migrations (version varchar(128) primary key)");
    await query(url, "insert into schema_migrations values ('0001'); create table ships (id int primary key)");
    const refused = await sampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("auth: dbmate has applied 1 migrations to this database (schema_migrations)");
    expect(refused.stderr).toContain("sampan migrations adopt");
    const adopted = await sampan(["migrations", "adopt", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    expect(adopted.json()).toMatchObject({ services: [{ service: "auth", tool: "dbmate", adopted: ["0001_ships"] }] });
  });

  it("run before its first instance, once", async () => {
    const { code } = await release("deploy", "staging");
    expect(code).toBe(0);
    expect(await columns()).toEqual(["id"]);
  });

  it("that fail half way leave the schema and the old version as they were", async () => {
    // What was proven on made-up rows may meet others.
    await query(url, "insert into ships values (7)");
    migration(
      "0002_sails",
      "alter table ships add column sails int;\ncreate table winds as select 1 / (7 - id) as force from ships;",
      "drop table winds;\nalter table ships drop column sails;",
    );
    fleet.commit("broken", { auth: { version: "2" }, blog: { version: "2" } });
    const { code, document } = await release("deploy", "staging");
    expect({ code, status: document.status, problems: document.problems }).toMatchObject({
      code: 4,
      status: "rolled-back",
    });
    expect(document.problems[0]?.message).toContain("0002_sails");
    expect(await columns()).toEqual(["id"]);
    expect((await release("deploy", "staging")).code).toBe(4);
    await query(url, "delete from ships");
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

describe("changes that old code would not bear", { timeout: 400_000 }, () => {
  const refusal = async (...args: string[]) => {
    const ran = await sampan(args, { cwd: fleet.root, env: fleet.env });
    return { code: ran.code, stderr: ran.stderr, stdout: ran.stdout };
  };
  const version = (number: string) => fleet.commit(number, { auth: { version: number }, blog: { version: "1" } });

  it("are refused where the new code needs them at once, with the place and the safe way", async () => {
    migration("0002_sails", "alter table ships add column sails int;", "alter table ships drop column sails;");
    migration(
      "0011_canvas",
      "alter table ships rename column sails to canvas;",
      "alter table ships rename column canvas to sails;",
    );
    version("3");
    const { code, stderr } = await refusal("deploy", "staging");
    expect(code).toBe(3);
    expect(stderr).toContain("0011_canvas.up.sql:1:1");
    expect(stderr).toContain("rename-column");
    expect(stderr).toContain("-- sampan: allow rename-column because");
    expect(await columns()).toEqual(["id", "masts", "sails"]);
  });

  it("are done in releases of their own: added, filled in batches once the old code is gone, taken away when nothing needs it", async () => {
    for (const direction of ["up", "down"]) fleet.remove(`services/auth/migrations/0011_canvas.${direction}.sql`);
    await query(url, "insert into ships (id, sails) select g, g from generate_series(1, 250) g");
    migration("0011_canvas", "alter table ships add column canvas int;", "alter table ships drop column canvas;");
    fleet.write(
      "services/auth/migrations/0012_fill.data.sql",
      "-- sampan: batches of 100 by ships.id\nupdate ships set canvas = sails where id between :from and :to and canvas is null;",
    );
    migration("0013_no_sails", "alter table ships drop column sails;", "alter table ships add column sails int;");
    migration(
      "0014_flags",
      "alter table ships add column flags int;\n-- sampan: allow fill-new-column because new code counts them when it starts\nupdate ships set flags = 0;",
      "alter table ships drop column flags;",
    );
    version("4");
    const planned = await refusal("plan", "staging");
    expect(planned.stdout).toMatch(/left for later\n.*auth +contract 0013_no_sails +.*needs the old form/);
    const { code, document } = await release("deploy", "staging");
    expect(document.problems).toEqual([]);
    expect(code).toBe(0);
    // What was let through stays known, with its reason, to whoever looks back.
    const { stdout: past } = await refusal("history", "staging", "--limit", "1");
    expect(past).toContain("(auth 0014_flags.up.sql:3 allows fill-new-column: new code counts them when it starts)");
    // Two that wait hold up nobody, and the older form is still there for whoever goes back.
    expect(await columns()).toEqual(["canvas", "flags", "id", "masts", "sails"]);
    expect(await query(url, "select from ships where canvas is distinct from sails")).toEqual([]);
    const status = await sampan(["migrations", "status", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
    const [auth] =
      (status.json() as { environments: { services: Record<string, { name: string }[]>[] }[] }).environments[0]
        ?.services ?? [];
    expect(auth?.applied?.map(({ name }) => name)).toEqual([
      "0001_ships",
      "0002_sails",
      "0010_masts",
      "0011_canvas",
      "0014_flags",
      "0012_fill",
    ]);
    // Of this commit nothing is left but what the next one runs.
    expect(auth?.pending).toEqual([{ name: "0013_no_sails", phase: "contract", when: "before" }]);
    // The same again is no later release: a rollback would still return to code that reads the old form.
    expect((await release("deploy", "staging")).code).toBe(0);
    expect(await columns()).toContain("sails");

    version("5");
    expect((await release("deploy", "staging")).code).toBe(0);
    expect(await columns()).toEqual(["canvas", "flags", "id", "masts"]);
    expect((await release("rollback", "staging")).code).toBe(0);
    expect(await columns()).toEqual(["canvas", "flags", "id", "masts"]);
    const further = await refusal("rollback", "staging");
    expect(further.code).toBe(3);
    expect(further.stderr).toContain("0013_no_sails took away a form");
  });

  it("lose no data that nobody named", async () => {
    const asked = ["rollback", "staging", "--migrations"];
    const unnamed = await refusal(...asked);
    expect(unnamed.code).toBe(3);
    expect(unnamed.stderr).toContain("going back would lose data of public.ships: column canvas: 250 values");
    expect(unnamed.stderr).toContain("--confirm-loss public.ships");
    expect(await columns()).toEqual(["canvas", "flags", "id", "masts"]);
    expect((await release(...asked, "--confirm-loss", "ships")).code).toBe(0);
    expect(await columns()).toEqual(["id", "masts", "sails"]);
  });
});
