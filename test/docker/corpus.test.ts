import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fleetContainers } from "../../src/compose/fleet-containers.ts";
import { resolveCompose } from "../../src/compose/resolve.ts";
import { init } from "../../src/fleet/init/init.ts";
import { readFleet } from "../../src/fleet/read-fleet.ts";
import { Refused } from "../../src/problem.ts";

/** Compose files that nobody here wrote; they lie beside the repository, where they do. */
const CORPUS = fileURLToPath(new URL("../../../../shared/corpus/compose", import.meta.url));
const files = [CORPUS, fileURLToPath(new URL("../../../shared/corpus/compose", import.meta.url))].find(existsSync);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The file in a repository of its own, with a Dockerfile and a start wherever it builds from. */
function repository(text: string): string {
  const root = mkdtempSync(join(tmpdir(), "sampan-corpus-"));
  folders.push(root);
  writeFileSync(join(root, "compose.yaml"), text);
  const { services } = parse(text) as { services: Record<string, { build?: string | { context?: string } }> };
  for (const { build } of Object.values(services)) {
    if (build === undefined) continue;
    const context = join(root, typeof build === "string" ? build : (build.context ?? "."));
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  }
  execFileSync("git", ["init", "--quiet", "--initial-branch", "main"], { cwd: root });
  return root;
}

/** What a person is told: the services that are proposed, or why there are none; then what a plan would refuse, or nothing. */
async function told(text: string): Promise<readonly string[]> {
  const root = repository(text);
  try {
    await init(root);
  } catch (error) {
    if (error instanceof Refused) return error.problems.map(({ message }) => `init: ${message}`);
    throw error;
  }
  const read = await readFleet(join(root, "sampan.yaml"));
  if ("problems" in read) return read.problems.map(({ message }) => `fleet file: ${message}`);
  const { fleet } = read;
  const target = fleet.environments.staging?.target;
  if (target?.kind !== "compose") return ["not proposed as containers"];
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
  const resolved = await resolveCompose({ root, ...target, env, signal: new AbortController().signal });
  if ("problems" in resolved) return resolved.problems.map(({ message }) => `compose: ${message}`);
  const names = Object.keys(fleet.services);
  const { containers, problems, surroundings } = fleetContainers({
    project: resolved.project,
    services: fleet.services,
    names,
    file: "compose.yaml",
  });
  const around = [...surroundings.before, ...surroundings.after.map((name) => `${name} (after)`)];
  return [
    `services: ${names.map((name) => `${name}${containers.get(name)?.needs.length ? ` ← ${containers.get(name)?.needs}` : ""}`).join(", ")}`,
    `around: ${around.join(", ") || "nothing"}`,
    ...problems.map(({ message, hint }) => `plan: ${message} → ${hint}`),
  ];
}

describe.skipIf(files === undefined)(
  `compose files that nobody here wrote${files === undefined ? " (skipped: there is no ../shared/corpus/compose)" : ""}`,
  () => {
    it.each(files === undefined ? [] : readdirSync(files))("%s: a plan, or why there is none", async (name) => {
      const said = await told(readFileSync(join(files ?? "", name), "utf8"));
      console.log(`${name}\n  ${said.join("\n  ")}`);
      expect(said.length).toBeGreaterThan(0);
      // Whatever is refused names what is meant and what to do.
      for (const line of said.filter((one) => one.startsWith("plan:"))) expect(line).toMatch(/→ .+/);
      expect(said.filter((line) => /undefined|null|\[object/.test(line))).toEqual([]);
      expect(dirname(name)).toBe(".");
    });
  },
);
