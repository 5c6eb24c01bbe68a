import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../src/io/free-port.ts";

export type Behaviour = Readonly<{
  version: string;
  health?: number | "hang" | "drip";
  /** MiB that it logs before it listens. */
  flood?: number;
  work?: number;
  neverListens?: boolean;
  crashesAfter?: number;
  ignoresSigterm?: boolean;
  /** One in so many answers to `/item` is a 500. */
  failsEvery?: number;
  /** Milliseconds that an answer to `/item` takes. */
  takes?: number;
  /** Logged at error level once it listens. */
  logs?: string;
}>;

export type TinyService = Readonly<{ name: string; needs?: readonly string[]; replicas?: number; strategy?: string }>;

export type TinyFleet = Readonly<{
  root: string;
  /** SAMPAN_HOME of this fleet alone. */
  home: string;
  listen: number;
  env: NodeJS.ProcessEnv;
  commit: (message: string, behaviours: Readonly<Record<string, Behaviour>>) => string;
  git: (...args: string[]) => string;
  write: (file: string, text: string) => void;
  read: (file: string) => string;
  remove: (file: string) => void;
}>;

const server = fileURLToPath(new URL("./server.mjs", import.meta.url));

const IDENTITY = {
  GIT_AUTHOR_NAME: "Tiny",
  GIT_AUTHOR_EMAIL: "tiny@example.org",
  GIT_COMMITTER_NAME: "Tiny",
  GIT_COMMITTER_EMAIL: "tiny@example.org",
};

/** Whoever tests Sampan in a CI: its fleets are not that CI's. */
const NO_CI = { GITHUB_ACTIONS: "", GITEA_ACTIONS: "", FORGEJO_ACTIONS: "", GITLAB_CI: "", JENKINS_URL: "" };

/** A git repository with a fleet of services that need nothing but Node, on `develop`, with an environment `staging`. */
export async function tinyFleet(
  services: readonly TinyService[],
  more: Readonly<{
    fleet?: string;
    environment?: string;
    service?: string;
    health?: string;
    /** Of processes; default: the builtin one. */
    router?: "haproxy";
    /** In containers: the image that its services are built on, and its compose file, `{services}` standing for them. */
    containers?: Readonly<{ base: string; compose: string; service?: string }>;
  }> = {},
): Promise<TinyFleet> {
  const folder = mkdtempSync(join(tmpdir(), "sampan-tiny-"));
  const root = join(folder, "repo");
  const home = join(folder, "home");
  mkdirSync(root);
  const listen = await freePort();
  const env = { ...process.env, ...NO_CI, ...IDENTITY, SAMPAN_HOME: home, HOME: folder, CI: "1", ...docker(more) };
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const write = (file: string, text: string): void => {
    const path = join(root, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  };
  git("init", "--quiet", "--initial-branch=develop");
  write("package.json", JSON.stringify({ name: "tiny", private: true, workspaces: ["services/*"] }));
  write(".gitignore", "env/\n");
  // What a bundle is made of: the folder as it is.
  write(
    "bundle.mjs",
    'import { cpSync } from "node:fs";\ncpSync(".", process.env.SAMPAN_BUNDLE, { recursive: true });\n',
  );
  write("env/staging.env", "MOTTO=first\n");
  for (const { name } of services) {
    write(
      `services/${name}/package.json`,
      JSON.stringify({ name, version: "1.0.0", private: true, type: "module", scripts: { start: "node server.mjs" } }),
    );
    write(`services/${name}/.env.example`, "MOTTO=\n");
    mkdirSync(join(root, `services/${name}`), { recursive: true });
    cpSync(server, join(root, `services/${name}/server.mjs`));
    if (more.containers !== undefined) {
      write(
        `services/${name}/Dockerfile`,
        `FROM ${more.containers.base}\nENV HOST=0.0.0.0\nWORKDIR /app\nCOPY . .\nEXPOSE 8080\nCMD ["node", "server.mjs"]\n`,
      );
    }
  }
  if (more.containers !== undefined) {
    const { compose, service = "" } = more.containers;
    const each = services.map(({ name }) => `  ${name}:\n    build: services/${name}\n${service}`).join("");
    write(
      "compose.yaml",
      compose.replace("{services}", () => each),
    );
  }
  write(
    "sampan.yaml",
    `fleet: ${more.fleet ?? "tiny"}
services:
${services
  .map(
    ({ name, needs = [], replicas = 1, strategy = "rolling" }) => `  ${name}:
    path: services/${name}
    needs: [${needs.join(", ")}]
    replicas: ${replicas}
    strategy: ${strategy}
    routes: [/${name}]
    health: { path: /health, ${more.health ?? "every: 100ms, healthyFor: 300ms, timeout: 8s"} }
    smoke: [GET /${name}/work -> 200]
    logs: { watch: 0s }
    stop: { drain: 3s, timeout: 2s }
    build: { test: [node, --version], build: [node, --version], bundle: [node, ../../bundle.mjs] }
${more.service ?? ""}`,
  )
  .join("")}environments:
  staging:
    branch: develop
    target: ${more.containers === undefined ? `{ kind: process, hosts: [local]${more.router === undefined ? "" : `, router: ${more.router}`} }` : `{ kind: compose, project: ${more.fleet ?? "tiny"}, router: builtin }`}
    listen: ${listen}
    variables: [env/staging.env]
${more.environment ?? ""}`,
  );
  const commit = (message: string, behaviours: Readonly<Record<string, Behaviour>>): string => {
    for (const [name, behaviour] of Object.entries(behaviours))
      write(`services/${name}/behaviour.json`, JSON.stringify(behaviour));
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", `--message=${message}`);
    return git("rev-parse", "HEAD");
  };
  return {
    root,
    home,
    listen,
    env,
    commit,
    git,
    write,
    read: (file) => readFileSync(join(root, file), "utf8"),
    remove: (file) => rmSync(join(root, file), { force: true }),
  };
}

/** Docker's plugins and credentials are the user's, who has another home here. */
const docker = ({ containers }: Readonly<{ containers?: unknown }>): NodeJS.ProcessEnv =>
  containers === undefined
    ? {}
    : { DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(process.env.HOME ?? "/", ".docker") };

/** Ends what the fleet started: its agent, its routers and its instances, each by its own record; then removes its folder. */
export async function sinkFleet(fleet: TinyFleet): Promise<void> {
  const { endAgentOf } = await import("./end-agent-of.ts");
  await endAgentOf(fleet.home);
  rmSync(join(fleet.root, ".."), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
