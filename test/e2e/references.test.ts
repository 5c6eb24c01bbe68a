import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processesOf } from "../outside/processes.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

const FIRST = "kanarie-vault-4f9a2c7e";
const SECOND = "kanarie-vault-77d1b0e3";

let fleet: TinyFleet;
let printed = "";
const run = async (...args: string[]) => {
  const ran = await sampan(args, { cwd: fleet.root, env: fleet.env });
  printed += `${ran.stdout}\n${ran.stderr}\n`;
  return ran;
};

/** The vault is a folder: what is not in it, it refuses. It notes what it was asked. */
const vault = (name: string, value: string | null): void => {
  const path = join(fleet.home, "../vault", name);
  if (value === null) rmSync(path, { force: true });
  else writeFileSync(path, `${value}\n`);
};
const questions = (): readonly string[] => {
  const path = join(fleet.home, "../asked");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  rmSync(path, { force: true });
  return text.split("\n").filter(Boolean).sort();
};

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog" }]);
  const bin = join(fleet.home, "../vault-cli");
  writeFileSync(
    bin,
    `#!/bin/sh
echo "$1 $2" >> ${join(fleet.home, "../asked")}
tr '\\0' '\\n' < /proc/self/environ | grep -c '^SAMPAN_STAGING__' > ${join(fleet.home, "../seen")}
cat "${join(fleet.home, "../vault")}/$2" 2> /dev/null || { echo "no ${FIRST} for you" >&2; exit 4; }
`,
  );
  chmodSync(bin, 0o755);
  mkdirSync(join(fleet.home, "../vault"));
  fleet.write(
    "sampan.yaml",
    fleet.read("sampan.yaml").replace("services:\n", `references: { "vault:": [${bin}, get, "{path}"] }\nservices:\n`),
  );
  for (const name of ["auth", "blog"])
    fleet.write(`services/${name}/.env.example`, "MOTTO=\nSHARED=\n# rotates\nPIN=\n");
  fleet.write("env/staging.env", "MOTTO=first\nSHARED=vault:shared\nPIN=vault:pin\nLEFT=vault:left\n");
  vault("shared", FIRST);
  vault("pin", "kanarie-pin-1");
  fleet.commit("one", { auth: { version: "1" }, blog: { version: "1" } });
}, 60_000);
afterAll(() => sinkFleet(fleet));

/** What instances of a service are started with. */
const environmentsOf = (service: string) =>
  processesOf(join(fleet.home, ".."))
    .filter(({ env, argv }) => env.SAMPAN_SERVICE === service && argv.some((word) => word.includes("server.mjs")))
    .map(({ env }) => env);

const kept = (): string =>
  readdirSync(fleet.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/agent/variables/"))
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");

const changes = async () => {
  const ran = await run("plan", "staging", "--json");
  return (ran.json() as { services: { name: string; change: string }[] }).services.map(({ change }) => change);
};

describe("variables that a command resolves", { timeout: 120_000 }, () => {
  it("are asked for by what needs their values, each once", async () => {
    for (const args of [["plan", "--help"], ["build", "auth"], ["status"]]) await run(...args);
    expect(questions()).toEqual([]);
    expect((await run("deploy", "staging", "--json")).code).toBe(0);
    expect(questions()).toEqual(["get pin", "get shared"]);
    expect(readFileSync(join(fleet.home, "../seen"), "utf8").trim()).toBe("0");
    for (const env of [...environmentsOf("auth"), ...environmentsOf("blog")])
      expect(env).toMatchObject({ SHARED: FIRST, PIN: "kanarie-pin-1" });
    expect(environmentsOf("auth")).toHaveLength(1);
  });

  it("are listed with where they come from, and without a value", async () => {
    const { stdout } = await run("variables", "staging", "auth");
    expect(stdout).toMatch(/SHARED +env\/staging\.env:2: vault:shared by `\S*vault-cli get \{path\}` +secret/);
    expect(stdout).toMatch(/PIN .* secret, rotates/);
    expect(stdout).toMatch(/^no service declares these.*\nLEFT +env\/staging\.env:4$/m);
    const listed = (await run("variables", "staging", "auth", "--json")).json() as {
      services: { variables: { name: string }[] }[];
      unclaimed: unknown;
    };
    expect(listed.unclaimed).toEqual([{ name: "LEFT", file: "env/staging.env", line: 4 }]);
    expect(listed.services[0]?.variables.find(({ name }) => name === "SHARED")).toMatchObject({
      state: "set",
      source: "env/staging.env:2",
      reference: { text: "vault:shared" },
    });
  });

  it("are a release when the value changes where it comes from, and none where it rotates", async () => {
    expect(await changes()).toEqual(["none", "none"]);
    vault("pin", "kanarie-pin-2");
    expect(await changes()).toEqual(["none", "none"]);
    vault("shared", SECOND);
    expect(await changes()).toEqual(["update", "update"]);
    expect((await run("deploy", "staging", "--json")).code).toBe(0);
    for (const env of environmentsOf("blog")) expect(env).toMatchObject({ SHARED: SECOND, PIN: "kanarie-pin-2" });
  });

  it("are refused by name where they cannot be resolved, and nothing that was said is told", async () => {
    vault("shared", null);
    const checked = await run("check", "staging", "--json");
    expect(checked.code).toBeGreaterThan(0);
    expect(checked.stdout).toMatch(/SHARED could not be resolved: `\S*vault-cli get \{path\}` ended with exit code 4/);
    const refused = await run("deploy", "staging", "--json");
    expect(refused.code).toBe(2);
    expect(refused.json()).toMatchObject({
      problems: [{ code: "unresolved-reference", file: "env/staging.env", line: 2 }],
    });
    const { stdout } = await run("variables", "staging", "auth", "--json");
    expect(stdout).toContain('"state": "unresolved"');
  });

  it("do not stand in the way back: what is returned to is kept at the target", async () => {
    vault("pin", null);
    const back = await run("rollback", "staging", "--yes", "--json");
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(back.stderr).toMatch(/auth keeps its value: SHARED could not be resolved/);
    // The value of then; and of what rotates the newest that was known.
    for (const env of environmentsOf("auth")) expect(env).toMatchObject({ SHARED: FIRST, PIN: "kanarie-pin-2" });
    expect(environmentsOf("auth")).toHaveLength(1);
  });

  it("are nowhere but in the secret channel", () => {
    for (const secret of [FIRST, SECOND, "kanarie-pin"]) {
      expect(printed).not.toContain(secret);
      expect(kept()).not.toContain(secret);
    }
    expect(printed.length).toBeGreaterThan(1000);
  });
});
