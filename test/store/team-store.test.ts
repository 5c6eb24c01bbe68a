import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/engine/store.ts";
import { systemClock } from "../../src/io/clock.ts";
import { sha256 } from "../../src/io/digest.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { type PostgresServer, startPostgres } from "../../src/postgres/start-postgres.ts";
import { lookAtStore } from "../../src/store/look-at-store.ts";
import { storeAddress } from "../../src/store/store-address.ts";
import { KNOWN } from "../../src/store/store-level.ts";
import { campaign, seed } from "../campaign.ts";
import { ownerOf, record, release } from "../contract/store.contract.ts";
import { type Moment, wire } from "../migrations/wire.ts";
import { PGBOUNCER, startPooler } from "../pooler.ts";
import { query, testPostgres } from "../postgres.ts";
import { addressOf, teamStore } from "./team-store.ts";

const postgres = testPostgres();
const folder = mkdtempSync(join(tmpdir(), "sampan-team-store-"));
const ends: (() => unknown)[] = [];
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function opened(...given: Parameters<typeof teamStore>): Promise<Store> {
  const store = await teamStore(...given);
  ends.push(() => store.close().catch(() => undefined));
  return store;
}

async function server(name: string, more: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<PostgresServer> {
  const started = await startPostgres({
    folder: join(folder, name),
    superuserPassword: "test only",
    owned: true,
    ...more,
  });
  ends.push(() => started.stop());
  return started;
}

const steps = (url: string, of = "r1") =>
  query<{ seq: number; step: string }>(
    url,
    "select seq, record_json::json->>'step' as step from sampan_shop.journal where release = $1 order by seq",
    [of],
  ).then((rows) => rows.map(({ seq, step }) => `${seq} ${step}`));

/** So that half a minute of patience passes in a moment. */
const hurried = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * 60,
  sleep: (ms: number) => systemClock.sleep(ms / 60),
};

describe("its tables", () => {
  it("are made once by whoever comes first, and each fleet has its own", async () => {
    const url = await postgres.database();
    const stores = await Promise.all(Array.from({ length: 8 }, () => opened(url)));
    await Promise.all(stores.map((store, index) => store.append(`r${index}`, record("a"))));
    const other = await opened(url, { fleet: "other" });
    expect(await other.journal("r1")).toEqual([]);
    expect(await query(url, "select name, release, state from sampan_shop.sampan_migrations")).toEqual([
      { name: "0001_store", release: "store", state: "applied" },
    ]);
    expect(await query(url, "select count(*)::int as n from sampan_shop.journal")).toEqual([{ n: 8 }]);
    expect(await query(url, "select count(*)::int as n from pg_locks where locktype = 'advisory'")).toEqual([{ n: 0 }]);
  });

  it("are brought up to date by a newer Sampan, after which an older one is refused by version", async () => {
    const url = await postgres.database();
    const old = await opened(url);
    await old.append("r1", record("a"));
    const text = "alter table evidence add column more text";
    const known = [...KNOWN, { name: "0002_more", text, sha256: sha256(text) }];
    const newer = await Promise.all([opened(url, { known }), opened(url, { known })]);
    expect(await newer[0].journal("r1")).toEqual([record("a")]);
    expect(await query(url, "select more from sampan_shop.evidence")).toEqual([]);
    await expect(teamStore(url)).rejects.toMatchObject({
      code: "store-newer",
      message: expect.stringContaining("tables of a newer Sampan (0002_more; this one knows 0001_store)"),
    });
  });

  it("need a database that keeps any text", async () => {
    const admin = await postgres.database();
    await query(admin, "create database latin encoding 'LATIN1' locale 'C' template template0");
    const url = postgres.server().adminUrl("latin");
    await expect(teamStore(url)).rejects.toMatchObject({ code: "store-encoding" });
  });
});

describe("a connection that breaks", () => {
  /** One of each: what it does once, however often it is cut, is looked at from outside. */
  async function work(store: Store): Promise<void> {
    const lease = { owner: ownerOf(1), token: "t", lasts: 60_000 };
    if ((await store.acquire("staging", lease, () => false)) !== null) throw new Error("held by nobody else");
    await store.create(release("r1"));
    for (const step of ["a", "b"]) await store.append("r1", record(step));
    await store.append("r1", record("c"), false);
    await Promise.all([
      store.append("r1", record("d")),
      store.append("r1", record("e")),
      store.renew("staging", "t", 60_000),
    ]);
    await store.confirm({ planId: "p", item: "i", by: "ann", at: 1, evidence: null, note: null });
    await store.keepEvidence({ key: "k", environment: "staging", service: "a", at: 1, value: 1 });
    await store.update("r1", { status: "verified", endedAt: 2 });
    if ((await store.journal("r1")).length !== 5) throw new Error("not what was written");
    await store.release("staging", "t");
  }

  async function expectDone(url: string): Promise<void> {
    expect(await steps(url)).toEqual(["1 a", "2 b", "3 c", "4 d", "5 e"]);
    expect(await query(url, "select status, ended_at::int as ended from sampan_shop.releases")).toEqual([
      { status: "verified", ended: 2 },
    ]);
    const counts = ["confirmations", "evidence", "leases"].map(
      (table) => `(select count(*)::int from sampan_shop.${table}) as ${table}`,
    );
    expect(await query(url, `select ${counts.join(", ")}`)).toEqual([{ confirmations: 1, evidence: 1, leases: 0 }]);
  }

  it("before, during or after any statement does nothing twice, and loses nothing", { timeout: 600_000 }, async () => {
    const template = await postgres.database();
    await (await teamStore(template)).close();
    const name = new URL(template).pathname.slice(1);
    const counted = await postgres.database(name);
    const counting = await wire(`${counted}?sslmode=disable`, null);
    const store = await teamStore(counting.url);
    await work(store);
    await store.close();
    counting.close();
    await expectDone(counted);
    const all = counting
      .sent()
      .flatMap((statement, nth) =>
        (["before", "during", "after"] as const).map((moment: Moment) => ({ statement, nth, moment })),
      );
    expect(all.length).toBeGreaterThan(36);
    const stride = Math.max(1, Math.floor(all.length / campaign(all.length)));
    const chosen = all.filter(
      ({ statement }, index) => index % stride === seed % stride || statement.includes("journal"),
    );
    for (const { statement, ...cut } of chosen) {
      const url = await postgres.database(name);
      const cutting = await wire(`${url}?sslmode=disable`, cut);
      try {
        const one = await teamStore(cutting.url);
        await work(one);
        await one.close();
        await expectDone(url);
      } catch (error) {
        throw new Error(`cut ${cut.moment} ${cut.nth}: ${statement}`, { cause: error });
      } finally {
        cutting.close();
      }
    }
    console.log(
      `campaign: ${chosen.length} of ${all.length} cuts on the wire of a store: 0 records lost, 0 twice, seed ${seed}`,
    );
  });

  it("while tables are made is mended as well", { timeout: 300_000 }, async () => {
    const counting = await wire(`${await postgres.database()}?sslmode=disable`, null);
    await (await teamStore(counting.url)).close();
    counting.close();
    const count = counting.sent().length;
    expect(count).toBeGreaterThan(15);
    for (let nth = seed % 4; nth < count; nth += campaign(1) === 1 ? 4 : 1) {
      for (const moment of ["during", "after"] as const) {
        const url = await postgres.database();
        const cutting = await wire(`${url}?sslmode=disable`, { nth, moment });
        const store = await teamStore(cutting.url);
        await store.append("r1", record("a"));
        await store.close();
        expect(await steps(url), `${nth} ${moment}`).toEqual(["1 a"]);
        cutting.close();
      }
    }
  });

  it("to a server that restarts is waited for, and said", async () => {
    const first = await server("restarts");
    const url = first.adminUrl("postgres");
    const said: string[] = [];
    const store = await opened(url, { waiting: (line) => said.push(line) });
    await store.append("r1", record("a"));
    process.kill(first.pid, "SIGQUIT");
    await first.stop();
    const writing = Promise.all(["b", "c"].map((step) => store.append("r1", record(step))));
    await systemClock.sleep(600);
    await server("restarts", { port: first.port });
    await writing;
    expect(await steps(url)).toEqual(["1 a", "2 b", "3 c"]);
    expect(said).toEqual([
      expect.stringMatching(
        /^the store at 127\.0\.0\.1:\d+\/postgres does not answer \(.+\): waiting up to 30 s for it$/,
      ),
    ]);
  }, 60_000);

  it("to a server that stays away fails in one clear line, and what nobody knows of is settled afterwards", async () => {
    const first = await server("away");
    const url = first.adminUrl("postgres");
    const store = await opened(url, { clock: hurried });
    await store.append("r1", record("a"));
    await first.stop();
    await store.append("r1", record("b"), false);
    await expect(store.append("r1", record("c"))).rejects.toMatchObject({
      name: "StepFault",
      code: "store-unreachable",
      message: expect.stringMatching(/^the store at 127\.0\.0\.1:\d+\/postgres does not answer: .*ECONNREFUSED/),
      retry: "unknown",
    });
    const began = performance.now();
    await expect(store.releases(null, 1)).rejects.toMatchObject({ code: "store-unreachable" });
    // Once is enough: nobody is kept for half a minute at every further word.
    expect((performance.now() - began) * 60).toBeLessThan(30_000);
    await expect(teamStore(url, { clock: hurried })).rejects.toMatchObject({ code: "store-unreachable" });
    await server("away", { port: first.port });
    await store.append("r1", record("d"));
    expect(await steps(url)).toEqual(["1 a", "2 b", "3 c", "4 d"]);
  }, 60_000);

  it("to one that can only be read says so", async () => {
    const url = await postgres.database();
    const store = await opened(url, { clock: hurried });
    await query(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
    await query(url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sampan store'");
    await expect(store.append("r1", record("a"))).rejects.toMatchObject({ code: "store-read-only" });
    expect(await store.journal("r1")).toEqual([]);
  });

  it("to one that hangs is given up on", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    ends.push(() => silent.close());
    const { port } = silent.address() as { port: number };
    await expect(teamStore(`postgres://u:p@127.0.0.1:${port}/db`, { clock: hurried })).rejects.toMatchObject({
      code: "store-unreachable",
      message: expect.stringMatching(/timeout|terminated/),
    });
  }, 60_000);
});

it("has on disk what it has acknowledged, though the server would rather be fast", { timeout: 120_000 }, async () => {
  const settings = ["synchronous_commit=off", "wal_writer_delay=10s"];
  const first = await server("fast", { settings });
  const url = first.adminUrl("postgres");
  const store = await opened(url);
  await query(url, "create table unsafe (id int)");
  for (let nth = 0; nth < 5; nth += 1) {
    await store.append("r1", record(`${nth}`));
    await store.confirm({ planId: "p", item: `${nth}`, by: "ann", at: 1, evidence: null, note: null });
    await query(url, "insert into unsafe values (1)");
  }
  const children = await query<{ pid: number }>(url, "select pid from pg_stat_activity where pid <> pg_backend_pid()");
  for (const pid of [first.pid, ...children.map((one) => one.pid)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone with its postmaster.
    }
  }
  await server("fast", { settings, port: first.port });
  expect(await steps(url)).toHaveLength(5);
  expect(await query(url, "select count(*)::int as n from sampan_shop.confirmations")).toEqual([{ n: 5 }]);
  // What asks for nothing is lost like this: the crash was one.
  expect((await query<{ n: number }>(url, "select count(*)::int as n from unsafe"))[0]?.n).toBeLessThan(5);
});

describe.skipIf(PGBOUNCER === null)("behind a pooler in transaction mode", () => {
  it("works once its tables are there, which are not made through it", async () => {
    const url = await postgres.database();
    const pooler = await startPooler(url, "transaction");
    ends.push(pooler.stop);
    await expect(teamStore(pooler.url)).rejects.toMatchObject({
      code: "database-pooled",
      evidence: expect.stringContaining("name the server itself"),
    });
    await opened(url);
    const [one, other] = [await opened(pooler.url), await opened(pooler.url)];
    await Promise.all(
      [one, other].map(async (store, index) => {
        for (let nth = 0; nth < 20; nth += 1) await store.append(`r${index}`, record(`${nth}`));
      }),
    );
    expect(await steps(url, "r0")).toHaveLength(20);
    expect(await steps(url, "r1")).toHaveLength(20);
    // Nothing of ours is left on the server's connections for others.
    expect(await query(pooler.url, "show synchronous_commit")).toEqual([{ synchronous_commit: "on" }]);
    expect(await query(pooler.url, "show search_path")).toEqual([{ search_path: '"$user", public' }]);
  });
});

describe("who may in", () => {
  it("is told by PGPASSWORD, a password file, or a variable with the whole address, and no message shows a password", async () => {
    const url = new URL(await postgres.database());
    url.password = "";
    const file = join(folder, "pgpass");
    writeFileSync(file, `127.0.0.1:${url.port}:*:postgres:test only\n`, { mode: 0o600 });
    const open = (env: Record<string, string>) =>
      opened(url.href, { address: storeAddress({ kind: "postgres", url: url.href }, { env, home: folder }) });
    await open({ PGPASSWORD: "test only" });
    await open({ PGPASSFILE: file });
    chmodSync(file, 0o644);
    await expect(open({ PGPASSFILE: file })).rejects.toMatchObject({
      code: "store-no-password",
      message: expect.stringContaining("wants a password of postgres, and there is none"),
    });
    const wrong = await open({ PGPASSWORD: "wrong-secret" }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: "store-refused", retry: "never" });
    expect(JSON.stringify(wrong, Object.getOwnPropertyNames(wrong))).not.toContain("wrong-secret");
    expect(() => storeAddress({ kind: "variable", name: "STORE" }, { env: {}, home: folder })).toThrow(/STORE/);
    expect(() =>
      storeAddress({ kind: "variable", name: "STORE" }, { env: { STORE: "no:secret" }, home: folder }),
    ).toThrow(/^(?!.*secret)/);
  });

  it("needs the rights that it needs", async () => {
    const url = new URL(await postgres.database());
    await query(url.href, "drop role if exists guest; create role guest login password 'guest'");
    url.username = "guest";
    url.password = "guest";
    await expect(teamStore(url.href)).rejects.toMatchObject({
      code: "store-forbidden",
      message: expect.stringContaining("permission denied for database"),
    });
  });
});

describe("a look at it", () => {
  const look = (url: string) => lookAtStore(addressOf(url), "shop");

  it("tells what is there and what is missing, and changes nothing", async () => {
    const url = await postgres.database();
    const name = new URL(url).pathname.slice(1);
    expect(await look(url)).toMatchObject({
      seen: expect.stringMatching(/^PostgreSQL 18\S* at \S+, without TLS; schema sampan_shop: no tables yet$/),
      wrong: null,
    });
    expect(await query(url, "select from pg_namespace where nspname = 'sampan_shop'")).toEqual([]);
    await query(url, "drop role if exists looker; create role looker login password 'looker'");
    const guest = new URL(url);
    guest.username = "looker";
    guest.password = "looker";
    const wrong = async () => (await look(guest.href)).wrong?.what;
    expect(await wrong()).toBe("there is no schema sampan_shop, and its user may not make one");
    await opened(url);
    expect((await look(url)).seen).toMatch(/: tables of 0001_store$/);
    // It cannot even tell whether its tables are there.
    await expect(look(guest.href)).rejects.toMatchObject({ code: "store-forbidden" });
    await query(
      url,
      "grant usage on schema sampan_shop to looker; grant select, update, delete on all tables in schema sampan_shop to looker; grant insert on sampan_shop.releases, sampan_shop.journal to looker",
    );
    expect(await wrong()).toBe("its user lacks rights on confirmations: insert, evidence: insert, leases: insert");
    await query(url, "grant insert on all tables in schema sampan_shop to looker");
    expect(await wrong()).toBeUndefined();
    const store = await opened(guest.href);
    await store.append("r1", record("a"));
    await query(url, `alter database ${name} set default_transaction_read_only = on`);
    expect(await wrong()).toBe("it can only be read");
  });
});

describe("TLS", () => {
  it("is used by libpq's rules", { timeout: 60_000 }, async () => {
    const plain = await postgres.database();
    await opened(`${plain}?sslmode=prefer`);
    await expect(teamStore(`${plain}?sslmode=require`)).rejects.toMatchObject({
      code: "store-tls",
      message: expect.stringContaining("does not support SSL"),
    });
    const [key, certificate] = [join(folder, "server.key"), join(folder, "server.crt")];
    const made = spawnSync("openssl", [
      ...[
        "req",
        "-new",
        "-x509",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
      ],
      ...["-keyout", key, "-out", certificate],
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
    const user = await serverUser();
    if (user !== null) chownSync(key, user.uid, user.gid);
    chmodSync(key, 0o600);
    chmodSync(folder, 0o755);
    const secure = await server("secure", {
      settings: ["ssl=on", `ssl_key_file=${key}`, `ssl_cert_file=${certificate}`],
    });
    const url = secure.adminUrl("postgres");
    const named = url.replace("127.0.0.1", "localhost");
    const encrypted = async (of: string): Promise<boolean> => {
      const store = await teamStore(of);
      const sessions =
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'sampan store'";
      let rows: { ssl: boolean }[] = [];
      while (rows.length !== 1) rows = await query(url, sessions);
      const ssl = rows[0]?.ssl === true;
      await store.close();
      while (rows.length > 0) rows = await query(url, sessions);
      return ssl;
    };
    expect(await encrypted(url)).toBe(true);
    expect(await encrypted(`${url}?sslmode=require`)).toBe(true);
    expect(await encrypted(`${url}?sslmode=disable`)).toBe(false);
    expect(await encrypted(`${named}?sslmode=verify-full&sslrootcert=${certificate}`)).toBe(true);
    expect(await encrypted(`${url}?sslmode=verify-ca&sslrootcert=${certificate}`)).toBe(true);
    for (const wrong of [
      `${url}?sslmode=verify-full&sslrootcert=${certificate}`,
      `${named}?sslmode=verify-full`,
      `${url}?sslmode=verify-ca`,
      `${named}?sslmode=verify-full&sslrootcert=${folder}/none`,
    ]) {
      await expect(teamStore(wrong), wrong).rejects.toMatchObject({ code: "store-tls" });
    }
  });
});
