import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { noHaproxy } from "../haproxy.ts";

const root = join(import.meta.dirname, "../..");
let folder: string;

/** A copy of this repository, so that what is planted never stands in the real one. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sampan-planted-"));
  for (const name of [
    "src",
    "test",
    "scripts",
    "bin",
    "dist",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vitest.config.ts",
  ])
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Bug = Readonly<{
  file: string;
  /** What the code says, and what somebody might have written instead. */
  right: string;
  wrong: string;
  /** The test that sees it, by its file in this folder and words of its name. */
  caughtBy: readonly [file: string, name: string];
  /** It shows through the built command line. */
  built?: boolean;
}>;

/** Bugs that somebody could write; the tests of containers are worth what they catch of them. */
const BUGS: Readonly<Record<string, Bug>> = {
  "brought again, whatever its operation has brought already": {
    file: "src/agent/methods/bring.ts",
    right: "  agent.instances.ofOperation(scope, operationId).map(({ id }) => id);",
    wrong: "  agent.instances.ofOperation(scope, `${operationId} by nobody`).map(({ id }) => id);",
    caughtBy: ["container-faults", "while it brings containers"],
  },
  "a container's name is not its own": {
    file: "src/agent/docker/create-container.ts",
    right: "      query: { name },",
    wrong: "      query: { name: `${name}-${Date.now()}` },",
    caughtBy: ["container-faults", "removes what lands after its end"],
  },
  "a claim does not wait for what the engine was told": {
    file: "src/agent/methods/claim.ts",
    right: "await Promise.all([agent.routers.settled(scope), agent.containers.settled(scope)]);",
    wrong: "await agent.routers.settled(scope);",
    caughtBy: ["container-faults", "answers a claim only when"],
  },
  "the outcome is written before the effect": {
    file: "src/engine/execute.ts",
    right: '    onEvent({ kind: "step-started", step, way });\n',
    wrong: `    onEvent({ kind: "step-started", step, way });
    if (action.kind === "shift") {
      await record({ kind: "done", at: clock.now(), step: step.id, way, took: 0, outcome: {} });
      onEvent({ kind: "step-done", step, way, took: 0, outcome: {} });
      await clock.sleep(2000);
    }
`,
    caughtBy: ["sigkill", "killed as soon as they say"],
    built: true,
  },
  "the old one is ended before HAProxy says that it is out": {
    file: "src/agent/methods/retire.ts",
    right: `    await withdraw(agent, params, id);
    if (record.port !== null) await agent.routers.drained(scope, id, record.spec.stop.drain);
    await end(agent, params, id);`,
    wrong: `    agent.instances.update(id, { goal: "stop" });
    await end(agent, params, id);
    await withdraw(agent, params, id);`,
    caughtBy: ["container-retirement", "once HAProxy itself says"],
  },
  "the drain is skipped": {
    file: "src/agent/methods/retire.ts",
    right: "    if (record.port !== null) await agent.routers.drained(scope, id, record.spec.stop.drain);\n",
    wrong: "",
    caughtBy: ["container-retirement", "nothing left to finish"],
  },
};

type Report = Readonly<{
  testResults: readonly { assertionResults: readonly { status: string; failureMessages: string[] }[] }[];
}>;

/** How the named test ended in the copy. */
function ran([file, name]: Bug["caughtBy"]) {
  const report = join(folder, "report.json");
  rmSync(report, { force: true });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--project=docker",
      "--reporter=json",
      `--outputFile=${report}`,
      `--testNamePattern=${name}`,
      `test/docker/${file}.test.ts`,
    ],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, SAMPAN_TEST: "docker", SAMPAN_CAMPAIGN: "", SAMPAN_FAULTS_FLEET: FLEET },
      timeout: 280_000,
    },
  );
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  const ends = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => /passed|failed/.test(status));
  return { ends, said: stdout + stderr };
}

const FLEET = `sampan-planted-${process.pid}`;

/** What a bug has made beyond what its test could know of. */
function removeLeftovers(): void {
  const { stdout } = spawnSync("docker", ["ps", "--all", "--quiet", "--filter", `name=${FLEET}`], { encoding: "utf8" });
  const ids = stdout.split("\n").filter(Boolean);
  if (ids.length > 0) spawnSync("docker", ["rm", "--force", "--volumes", ...ids], { stdio: "ignore" });
}

const check = noHaproxy === null ? it : it.skip;

check.each(Object.entries(BUGS))(
  `is caught: %s${noHaproxy ?? ""}`,
  { timeout: 300_000 },
  (_, { file, right, wrong, caughtBy, built }) => {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    // What is planted must stand where it is believed to stand.
    expect(text.split(right)).toHaveLength(2);
    writeFileSync(
      path,
      text.replace(right, () => wrong),
    );
    try {
      if (built === true) spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: folder, stdio: "ignore" });
      const { ends, said } = ran(caughtBy);
      expect(
        ends.map(({ status }) => status),
        said,
      ).toEqual(["failed"]);
      console.log(`planted: ${file}: ${ends[0]?.failureMessages[0]?.split("\n")[0]?.slice(0, 200)}`);
    } finally {
      writeFileSync(path, text);
      removeLeftovers();
    }
  },
);
