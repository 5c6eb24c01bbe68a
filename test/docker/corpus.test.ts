import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fleetContainers } from "../../src/compose/fleet-containers.ts";
import { resolveCompose } from "../../src/compose/resolve.ts";
import { init } from "../../src/fleet/init/init.ts";
import { readFleet } from "../../src/fleet/read-fleet.ts";
import { Refused } from "../../src/problem.ts";
import { sampan } from "../sampan.ts";
import { endAgentOf } from "../tiny/end-agent-of.ts";

/** Compose files that nobody here wrote; they lie beside the repository, where they do. */
const CORPUS = fileURLToPath(new URL("../../../../shared/corpus/compose", import.meta.url));
const files = [CORPUS, fileURLToPath(new URL("../../../shared/corpus/compose", import.meta.url))].find(existsSync);
if (files === undefined)
  console.log("skipped: the compose files that nobody here wrote, because ../shared/corpus/compose is not here");

/** What is told of those that are known here: what goes out, what stands around it, and what is refused. Of the others nothing is built. */
const KNOWN: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  "awesome-django.yaml": ["services: web", "around: nothing"],
  "awesome-nginx-golang-postgres.yaml": ["services: backend", "around: db, proxy (after)"],
  "awesome-nginx-nodejs-redis.yaml": ["services: web1, web2, nginx ← web1,web2", "around: redis"],
  "awesome-react-express-mysql.yaml": [
    "services: backend, frontend ← backend",
    "around: db",
    /^plan: backend .* publishes the port 9229:9229, .* → .*stopFirst/,
    /^plan: backend .* publishes the port 9230:9230, .* → .*stopFirst/,
  ],
  "awesome-traefik-golang.yaml": ["services: backend", "around: frontend (after)"],
  "example-voting-app.yaml": [
    "services: vote, result, worker",
    "around: db, redis",
    /^plan: services\.vote\.volumes: \.\/vote → \/usr\/local\/app lays the working tree over .* → take it out/,
    /^plan: services\.result\.volumes: \.\/result → \/usr\/local\/app lays the working tree over .* → take it out/,
    /^plan: result .* publishes the port 127\.0\.0\.1:9229:9229, .* → .*stopFirst/,
  ],
  ...Object.fromEntries(
    [
      "awesome-elasticsearch-logstash-kibana.yaml",
      "awesome-gitea-postgres.yaml",
      "awesome-nextcloud-postgres.yaml",
      "awesome-prometheus-grafana.yaml",
      "awesome-wordpress-mysql.yaml",
      "sock-shop.yaml",
    ].map((name) => [name, [/^init: not built here, but images of compose\.yaml: /]]),
  ),
};

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
    root,
  });
  const around = [...surroundings.before, ...surroundings.after.map((name) => `${name} (after)`)];
  return [
    `services: ${names.map((name) => `${name}${containers.get(name)?.needs.length ? ` ← ${containers.get(name)?.needs}` : ""}`).join(", ")}`,
    `around: ${around.join(", ") || "nothing"}`,
    ...problems.map(({ message, hint }) => `plan: ${message} → ${hint}`),
  ];
}

type Checked = Readonly<{
  checks: readonly Readonly<{
    kind: string;
    problems: readonly Readonly<{ code: string; message: string; hint: string | null }>[];
  }>[];
}>;

/** `sampan check staging` on the file's repository, the fleet file being the one that is proposed for it. Null: none is. */
async function checked(text: string): Promise<Readonly<{ code: number | null; document: Checked }> | null> {
  const root = repository(text);
  const proposed = await init(root).then(
    () => true,
    () => false,
  );
  if (!proposed) return null;
  const home = join(root, "..", `${basename(root)}-home`);
  folders.push(home);
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=Corpus", "-c", "user.email=corpus@example.org", ...args], { cwd: root });
  git("checkout", "--quiet", "-b", "develop");
  git("add", "--all");
  git("commit", "--quiet", "--message=one");
  try {
    const ran = await sampan(["check", "staging", "--json"], {
      cwd: root,
      env: { ...process.env, SAMPAN_HOME: home, CI: "1" },
    });
    return { code: ran.code, document: ran.json() as Checked };
  } finally {
    await endAgentOf(home);
  }
}

describe.skipIf(files === undefined)("compose files that nobody here wrote", () => {
  it.each(files === undefined ? [] : readdirSync(files))("%s: a plan, or why there is none", async (name) => {
    const said = await told(readFileSync(join(files ?? "", name), "utf8"));
    console.log(`${name}\n  ${said.join("\n  ")}`);
    expect(said.length).toBeGreaterThan(0);
    // Whatever is refused names what is meant and what to do.
    for (const line of said.filter((one) => one.startsWith("plan:"))) expect(line).toMatch(/→ .+/);
    expect(said.filter((line) => /undefined|null|\[object/.test(line))).toEqual([]);
    const known = KNOWN[name];
    if (known === undefined) return;
    expect(said).toEqual(known.map((one) => (typeof one === "string" ? one : expect.stringMatching(one))));
  });

  it.each(files === undefined ? [] : readdirSync(files))(
    "%s: `sampan check` says of every service what is missing, one line each",
    { timeout: 120_000 },
    async (name) => {
      const found = await checked(readFileSync(join(files ?? "", name), "utf8"));
      if (found === null) return;
      const { code, document } = found;
      const problems = document.checks.flatMap((one) => one.problems);
      expect(document.checks.map(({ kind }) => kind)).toContain("containers");
      console.log(`${name}\n  ${problems.map(({ message }) => message).join("\n  ")}`);
      // None of these repositories has tests, or a Dockerfile that makes anything.
      expect(code).toBe(3);
      expect(problems.map((one) => one.code)).toContain("no-tests");
      for (const { code, message, hint } of problems) {
        expect(message).not.toMatch(/\n|undefined|\[object/);
        expect([code, hint]).toEqual([expect.not.stringMatching(/^bug/), expect.stringMatching(/\S/)]);
      }
    },
  );
});
