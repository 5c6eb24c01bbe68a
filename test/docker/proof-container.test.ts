import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { containerStarter } from "../../src/migrations/prove/start-container.ts";
import type { Witness } from "../../src/migrations/prove/witness.ts";
import { evidence, OLD, proofStage, verdicts } from "../migrations/proof-stage.ts";
import { baseImage } from "./base-image.ts";

const docker = (...args: readonly string[]): string => execFileSync("docker", args, { encoding: "utf8" }).trim();
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
const image = `sampan-test-proof-${process.pid}:old`;
const dead = `sampan-test-proof-${process.pid}:dead`;
const folder = mkdtempSync(join(tmpdir(), "sampan-proof-image-"));
const { witness, proofOf } = proofStage();

/** The PostgreSQL client with all that it needs: an image has no network to fetch it by. */
function copyModule(name: string, from: string, to: string): void {
  let at = from;
  while (!hasModule(at, name)) at = dirname(at);
  const source = join(at, "node_modules", name);
  cpSync(source, join(to, name), {
    recursive: true,
    filter: (path) => !path.slice(source.length).includes("node_modules"),
  });
  const { dependencies = {} } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  for (const dependency of Object.keys(dependencies)) copyModule(dependency, source, to);
}

function hasModule(at: string, name: string): boolean {
  try {
    readFileSync(join(at, "node_modules", name, "package.json"));
    return true;
  } catch (error) {
    if (at === "/") throw error;
    return false;
  }
}

beforeAll(() => {
  mkdirSync(join(folder, "node_modules"));
  copyModule("pg", process.cwd(), join(folder, "node_modules"));
  for (const [tag, code] of [
    [image, { sql: OLD, named: true }],
    [dead, { sql: OLD, diesAtStart: true }],
  ] as const) {
    const { source } = witness("shop", code);
    for (const file of ["server.mjs", "behaviour.json", "sampan-bundle.json"])
      cpSync(join(source, file), join(folder, file));
    writeFileSync(
      join(folder, "Dockerfile"),
      `FROM ${baseImage()}\nWORKDIR /app\nCOPY . /app\nUSER node\nCMD ["node", "server.mjs"]\n`,
    );
    docker("buildx", "build", "--quiet", "--load", "--provenance=false", "--tag", tag, folder);
  }
}, 120_000);
afterAll(() => {
  docker("image", "rm", "--force", image, dead);
  rmSync(folder, { recursive: true, force: true });
});

/** The old code as a container; the code that comes is no image. */
function contained(source: string): Witness {
  const known = witness("shop", { sql: OLD });
  return {
    ...known,
    artifact: JSON.parse(readFileSync(join(folder, "sampan-bundle.json"), "utf8")).artifact,
    source,
    spec: { ...known.spec, health: { path: "/health", every: 50, healthyFor: 0, timeout: 30_000 } },
    variables: { ...known.variables, PG_MODULE: "pg" },
  };
}

const ours = (): string => docker("ps", "--all", "--quiet", "--filter", `label=sampan.proof=${process.pid}`);
const column = { up: "alter table orders add column phone text", down: "alter table orders drop column phone" };

it("asks an image on its open connections, reaches the scratch server, and leaves no container", {
  timeout: 300_000,
}, async () => {
  // One that a proof left which was killed.
  const left = docker("create", "--label", "sampan.proof=999999999", image);
  const start = containerStarter({ env });
  const breaks = await proofOf({
    up: "alter table orders rename column note to remark",
    down: "alter table orders rename column remark to note",
    old: { ...contained(image), artifact: aliveArtifact() },
    start,
  });
  expect(verdicts(breaks)).toMatchObject({ reversal: "passed", "old-on-new": "failed" });
  expect(evidence(breaks, "old-on-new")).toContain('column "note" does not exist (42703)');
  expect(docker("ps", "--all", "--quiet", "--no-trunc", "--filter", `id=${left}`)).toBe("");
  const bears = await proofOf({ ...column, old: { ...contained(image), artifact: aliveArtifact() }, start });
  expect(verdicts(bears)["old-on-new"]).toBe("passed");
  const died = await proofOf({ ...column, old: contained(dead), start });
  expect(died.verdict).toBe("inconclusive");
  expect(evidence(died, "old-on-new")).toContain("it ended: exit code 9");
  const missing = await proofOf({ ...column, old: contained(`sampan-test-proof-${process.pid}:none`), start });
  expect(evidence(missing, "old-on-new")).toContain("it cannot be started: docker run");
  expect(ours()).toBe("");
});

/** As the image that lives says it itself. */
const aliveArtifact = (): string =>
  JSON.parse(docker("run", "--rm", image, "node", "-p", "require('fs').readFileSync('sampan-bundle.json','utf8')"))
    .artifact;
