import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startTraffic, type Traffic } from "../../src/demo/traffic.ts";
import { freePort } from "../../src/io/free-port.ts";
import { type RanSampan, sampan } from "../sampan.ts";
import { endAgentOf } from "../tiny/end-agent-of.ts";
import { docker } from "./image-fleet.ts";
import { postgresImage } from "./postgres/postgres-image.ts";
import { type Registry, startRegistry } from "./registry.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/go2asia", import.meta.url));

/** The example fleet in containers, in a repository, a registry and a state of its own, with its databases up. */
export type ExampleFleet = Readonly<{
  /** Begins the name of all that it has on the engine. */
  name: string;
  folder: string;
  root: string;
  home: string;
  registry: Registry;
  /** The command line with `--json`, on the fleet of containers. */
  sampan: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<RanSampan>;
  commit: (message: string, files?: Readonly<Record<string, string | Buffer>>) => string;
  git: (...args: readonly string[]) => string;
  read: (file: string) => string;
  traffic: () => Promise<Traffic>;
  get: (path: string) => Promise<Response>;
  /** Ends and removes all that there is of it. */
  sink: () => Promise<void>;
}>;

export async function exampleFleet(): Promise<ExampleFleet> {
  const name = `sampan-test-${randomBytes(4).toString("hex")}`;
  const folder = mkdtempSync(join(tmpdir(), "sampan-example-"));
  const root = join(folder, "go2asia");
  const home = join(folder, "home");
  const [registry, postgres, listen] = [await startRegistry(), await freePort(), await freePort()];
  // As `host-gateway` in the containers: the engine's own bridge, which no other machine sees.
  const gateway = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}");
  const base = `http://${gateway}:${listen}`;
  const left = ["node_modules", "dist", ".secrets", ".storage"];
  cpSync(EXAMPLE, root, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const write = (file: string, text: string | Buffer, mode = 0o644): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text, { mode });
  };
  const change = (file: string, ...changes: readonly (readonly [RegExp, string])[]): void => {
    const changed = changes.reduce((text, [from, to]) => {
      if (text.search(from) === -1) throw new Error(`${file} has no ${from}`);
      return text.replace(from, to);
    }, read(file));
    write(file, changed);
  };
  change(
    "sampan.compose.yaml",
    [/^fleet: .*$/m, `fleet: ${name}`],
    [/^image: .*$/m, `image: ${registry.address}/${name}/{service}-service`],
    [/0\.0\.0\.0:8080/, `${gateway}:${listen}`],
    // However busy the machine is.
    [/timeout: 20s/g, "timeout: 120s"],
    // The services' own tests run where the example is deployed as processes.
    [/build: \{ context: repository \}/g, "build: { context: repository, test: [node, --version] }"],
  );
  change("compose.yaml", [/image: postgres:17/, `image: ${name}-postgres`], [/127\.0\.0\.1:5000\/go2asia/g, name]);
  change("compose.staging.yaml", [/^name: .*$/m, `name: ${name}-staging`], [/54321/, String(postgres)]);
  change("compose.production.yaml", [/^name: .*$/m, `name: ${name}-production`]);

  const identity = { name: "Example", email: "example@example.org" };
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    SAMPAN_HOME: home,
    HOME: folder,
    DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
  };
  const must = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const git = (...args: readonly string[]): string => must("git", ...args);
  const commit: ExampleFleet["commit"] = (message, files = {}) => {
    for (const [file, text] of Object.entries(files)) write(file, text, 0o755);
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", `--message=${message}`);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=develop");
  commit("Begin the fleet");

  await postgresImage(`${name}-postgres`);
  must("pnpm", "install", "--frozen-lockfile", "--prefer-offline", "--silent");
  const script = (program: string, environment: string, port: number, ...more: readonly string[]) => {
    const place = ["--environment", environment, "--port", String(port), "--secrets-dir", join(folder, "secrets")];
    return must(process.execPath, `scripts/${program}`, ...place, ...more);
  };
  script("write-env.mjs", "staging", postgres, "--listen", String(listen), "--containers");
  // Never started: staging is compared with it.
  script("write-env.mjs", "production", 54322, "--containers");
  const compose = ["compose", "--file", "compose.yaml", "--file", "compose.staging.yaml"];
  must("docker", ...compose, "up", "--detach", "--wait", "postgres");
  script("bootstrap-database.mjs", "staging", postgres);

  return {
    name,
    folder,
    root,
    home,
    registry,
    git,
    commit,
    read,
    sampan: (args, more = {}) =>
      sampan(["--fleet", "sampan.compose.yaml", ...args, "--json"], { cwd: root, env: { ...env, ...more } }),
    traffic: () =>
      startTraffic({ base, secrets: join(folder, "secrets/staging.json"), signal: new AbortController().signal }),
    get: (path) => fetch(`${base}${path}`),
    sink: async () => {
      await endAgentOf(home);
      // With its profile: else what only its services have is left.
      must("docker", ...compose, "--profile", "fleet", "down", "--volumes", "--timeout", "1", "--remove-orphans");
      await registry.stop();
      const images = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", "--no-trunc")
        .split("\n")
        .filter((line) => line.includes(name))
        .map((line) => line.split(" ")[1] ?? "");
      if (images.length > 0) spawnSync("docker", ["image", "rm", "--force", ...new Set(images)], { stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Processes of this machine that have the text in their command line or their working directory. */
export function processesOf(text: string): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return line.includes(text) ? [`${pid} ${line}`] : [];
      } catch {
        return [];
      }
    });
}
