import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { agentRig, webProgram } from "../contract/agent-rig.ts";
import { ask, deployerOf, one, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close());

const SECRET = "canary-5f1c77d0a9";

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile());

it("keeps values of variables in its own channel alone, open to its owner alone", async () => {
  const target = await rig.target("secret", "staging");
  const deployer = await deployerOf(target);
  const variables = { DATABASE_URL: `postgres://u:${SECRET}@localhost/x`, QUOTED: 'a "b"\n$(c) \u{1F6F6}', EMPTY: "" };
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1", variables);
  await deployer.up(handles);
  await deployer.shift(handles);
  await target.mark(
    {
      service: "web",
      revision: one(await deployer.instances()).revision,
      release: "r1",
      restores: null,
      migration: null,
      held: [],
      spec: { ...SPEC },
      source: "/x",
    },
    deployer.cx("mark/1"),
  );
  const holders = filesUnder(rig.stateFolder).filter((path) => readFileSync(path).includes(SECRET));
  expect(holders).toHaveLength(1);
  expect(one(holders)).toContain(`${rig.stateFolder}/variables/`);
  expect(JSON.stringify(await target.observe(read))).not.toContain(SECRET);
  const { pid } = one(await deployer.instances());
  expect(readFileSync(`/proc/${pid}/cmdline`, "latin1")).not.toContain(SECRET);
  for (const path of [rig.stateFolder, join(rig.stateFolder, "variables")]) {
    expect(lstatSync(path).mode & 0o777, path).toBe(0o700);
  }
  for (const path of filesUnder(rig.stateFolder)) expect(lstatSync(path).mode & 0o077, path).toBe(0);
  expect(lstatSync(join(rig.stateFolder, "agent.sock")).mode & 0o777).toBe(0o600);
  const { DATABASE_URL, QUOTED, EMPTY } = JSON.parse((await ask(target, one(handles), "/env")) ?? "{}");
  expect({ DATABASE_URL, QUOTED, EMPTY }).toEqual(variables);
});

it("gives an instance its own variables, what every process needs and who it is: nothing else", async () => {
  process.env.LEAKED_BY_THE_DEPLOYER = SECRET;
  const target = await rig.target("environment", "staging");
  const deployer = await deployerOf(target);
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1", { MINE: "1", HOST: "0.0.0.0" });
  await deployer.up(handles);
  const environment = JSON.parse((await ask(target, one(handles), "/env")) ?? "{}");
  expect(Object.keys(environment).sort()).toEqual([
    "HOME",
    "HOST",
    "MINE",
    "NODE_ENV",
    "PATH",
    "PORT",
    "SAMPAN_ARTIFACT",
    "SAMPAN_ENVIRONMENT",
    "SAMPAN_FLEET",
    "SAMPAN_INSTANCE",
    "SAMPAN_RELEASE",
    "SAMPAN_REVISION",
    "SAMPAN_SERVICE",
  ]);
  expect(environment).toMatchObject({
    HOST: "127.0.0.1",
    NODE_ENV: "production",
    PORT: String(one(await deployer.instances()).address?.port),
    SAMPAN_FLEET: "environment",
    SAMPAN_INSTANCE: one(handles).id,
    SAMPAN_RELEASE: "r1",
  });
});

it("keeps names that look like paths or commands where they belong", async () => {
  const evil = '../../../tmp/evil $(touch x) "\n-rf';
  const target = await rig.target(evil, evil);
  const deployer = await deployerOf(target);
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 1, evil, { A: SECRET });
  await deployer.up(handles);
  await deployer.shift(handles);
  expect(JSON.parse((await ask(target, one(handles), "/env")) ?? "{}").SAMPAN_FLEET).toBe(evil);
  expect((await target.find(evil, read)).map(({ id }) => id)).toEqual(handles.map(({ id }) => id));
  await target.retire(one(handles), deployer.cx("retire/1"));
});

const SPEC = {
  name: "web",
  port: 8080,
  routes: [],
  replicas: 1,
  health: null,
  smoke: { kind: "none", why: "a test" },
  logs: { watch: 0, critical: [], ignore: [] },
  traffic: null,
  strategy: { kind: "rolling" },
  stop: { drain: 0, timeout: 1000 },
  start: null,
  container: null,
} as const;
