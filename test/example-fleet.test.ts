import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { readFleet } from "../src/fleet/read-fleet.ts";
import { parseChecklist } from "../src/gates/approval/parse-checklist.ts";
import { readMigrations } from "../src/migrations/read-migrations.ts";

const example = fileURLToPath(new URL("../examples/go2asia", import.meta.url));
const changes = readdirSync(join(example, "changes")).map((file) => join(example, "changes", file));
const services = ["user-auth", "points", "content", "atlas", "pulse", "blog"];
let folder: string;

/** The example without what was installed or built in it, in a git repository of its own. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "example-"));
  const keep = (path: string) => !["node_modules", "dist", ".secrets", ".storage"].includes(basename(path));
  cpSync(example, folder, { recursive: true, filter: keep });
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  execFileSync("git", ["add", "--all"], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the fleet file has no problems and names the six services", async () => {
  const read = await readFleet(join(folder, "sampan.yaml"));
  expect("problems" in read ? read.problems : []).toEqual([]);
  expect("fleet" in read ? Object.keys(read.fleet.services) : []).toEqual(services);
});

test("the checklist and all migrations can be read", async () => {
  const file = join(folder, "checklists/production.yaml");
  expect(parseChecklist(readFileSync(file, "utf8"), file).kind).toBe("checklist");
  for (const service of services) {
    const { migrations, problems } = await readMigrations(join(folder, "services", service, "migrations"));
    expect(problems).toEqual([]);
    expect(migrations.length).toBeGreaterThan(0);
  }
});

const inOrder = changes.sort();
const orders = [...inOrder.map((change) => [change]), inOrder, [...inOrder].reverse()];

test.each(orders.map((order) => ({ order, name: order.map((file) => basename(file)).join(", ") })))(
  "$name apply, and can be taken back",
  ({ order }) => {
    for (const change of order) execFileSync("git", ["apply", "--index", change], { cwd: folder });
    for (const change of [...order].reverse())
      execFileSync("git", ["apply", "--index", "--reverse", change], { cwd: folder });
    expect(execFileSync("git", ["diff"], { cwd: folder, encoding: "utf8" })).toBe("");
  },
);

test("for containers, services are given the names that the compose file gives", () => {
  const args = ["--environment", "staging", "--port", "54321", "--listen", "8080", "--containers"];
  const places = ["--secrets-dir", join(folder, ".secrets"), "--out", join(folder, "containers")];
  execFileSync(process.execPath, ["scripts/write-env.mjs", ...args, ...places], { cwd: folder });
  const read = (file: string) => parseEnv(readFileSync(join(folder, "containers/staging", file), "utf8"));
  const { DATABASE_URL, MIGRATION_DATABASE_URL, STORAGE_URL, USER_AUTH_URL } = read("content.env");
  expect(DATABASE_URL).toMatch(/@postgres:5432\/go2asia_staging$/);
  expect(MIGRATION_DATABASE_URL).toMatch(/@127\.0\.0\.1:54321\/go2asia_staging$/);
  expect([USER_AUTH_URL, STORAGE_URL]).toEqual(["http://router:8080", "file:///var/lib/go2asia/media"]);
  expect(read("postgres.env").POSTGRES_PASSWORD).toMatch(/^[\w-]{32}$/);
});

test("staging and production are written with nothing in common but the host", () => {
  const secrets = join(folder, ".secrets");
  const write = (environment: string, listen: string) => {
    const args = ["--environment", environment, "--port", "5432", "--listen", listen, "--secrets-dir", secrets];
    execFileSync(process.execPath, ["scripts/write-env.mjs", ...args], { cwd: folder });
  };
  write("staging", "8080");
  write("production", "8090");
  expect(statSync(join(secrets, "staging.json")).mode & 0o777).toBe(0o600);
  for (const service of services) {
    const [staging, production] = ["staging", "production"].map((environment) =>
      parseEnv(readFileSync(join(folder, "env", environment, `${service}.env`), "utf8")),
    );
    expect(Object.keys(staging ?? {})).toEqual(Object.keys(production ?? {}));
    for (const [name, value] of Object.entries(staging ?? {})) expect(production?.[name]).not.toBe(value);
    const declared = parseEnv(readFileSync(join(folder, "services", service, ".env.example"), "utf8"));
    const given = ["PORT", "HOST", "LOG_LEVEL", "DATABASE_POOL_SIZE", "ADMIN_EMAILS"];
    expect(Object.keys(staging ?? {}).sort()).toEqual(
      Object.keys(declared)
        .filter((name) => !given.includes(name))
        .sort(),
    );
  }
  // Nothing that was written is git's to keep.
  const status = execFileSync("git", ["status", "--porcelain", "env", ".secrets"], { cwd: folder, encoding: "utf8" });
  expect(status.split("\n").filter((line) => line.startsWith("??"))).toEqual([]);
});

test("in containers it is the same fleet, whose compose files name all of its services", async () => {
  const [processes, containers] = await Promise.all(
    ["sampan.yaml", "sampan.compose.yaml"].map((file) => readFleet(join(folder, file))),
  );
  expect(containers !== undefined && "problems" in containers ? containers.problems : []).toEqual([]);
  if (processes === undefined || !("fleet" in processes)) throw new Error("no fleet");
  if (containers === undefined || !("fleet" in containers)) throw new Error("no fleet");
  for (const { build, ...service } of Object.values(containers.fleet.services)) {
    expect(build.image.context).toBe("repository");
    expect(processes.fleet.services[service.name]).toMatchObject(service);
  }
  expect(Object.keys(containers.fleet.services)).toEqual(Object.keys(processes.fleet.services));
  const compose = parse(readFileSync(join(folder, "compose.yaml"), "utf8"), { merge: true });
  for (const service of services) {
    const image = (containers.fleet.image ?? "").replace("{service}", service);
    expect(compose.services[service]).toMatchObject({ image, build: { dockerfile: `services/${service}/Dockerfile` } });
  }
  for (const { name, target } of Object.values(containers.fleet.environments)) {
    expect(target).toMatchObject({ kind: "compose", files: ["compose.yaml", `compose.${name}.yaml`] });
    expect(existsSync(join(folder, `compose.${name}.yaml`))).toBe(true);
  }
});
