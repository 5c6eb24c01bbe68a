import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../io/exec.ts";
import { readTextIfThere, writeDurably } from "../io/files.ts";
import { copyContent, makeFolder } from "../io/folders.ts";
import { freePort } from "../io/free-port.ts";
import type { Random } from "../io/random.ts";
import { startPostgres } from "../postgres/start-postgres.ts";

/** Where the demo happens: a scratch folder with a repository, its remote, a PostgreSQL and a state of its own. */
export type Harbour = Readonly<{
  folder: string;
  /** The working tree of the fleet. */
  repository: string;
  /** SAMPAN_HOME. */
  home: string;
  listen: Readonly<Record<"staging" | "production", number>>;
  env: Readonly<Record<string, string>>;
  stopPostgres: () => Promise<void>;
}>;

export type HarbourOptions = Readonly<{
  folder: string;
  env: Readonly<Record<string, string>>;
  /** The PostgreSQL ends with this process; otherwise it stays until it is ended by its folder. */
  owned: boolean;
  random: Random;
  signal: AbortSignal;
  say: (line: string) => void;
}>;

const IGNORED = "node_modules/\ndist/\n/env/*.env\n/env/*/*.env\n";

const ENVIRONMENTS = ["staging", "production"] as const;

/** Makes everything that the fleet needs, as a team would have it: two branches, a remote, databases and roles for each environment. */
export async function openHarbour(options: HarbourOptions): Promise<Harbour> {
  const { folder, signal, say } = options;
  const repository = join(folder, "go2asia");
  const home = join(folder, "state");
  const env = {
    ...options.env,
    SAMPAN_HOME: home,
    GIT_AUTHOR_NAME: "Demo",
    GIT_AUTHOR_EMAIL: "demo@example.org",
    GIT_COMMITTER_NAME: "Demo",
    GIT_COMMITTER_EMAIL: "demo@example.org",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  say("a PostgreSQL, a git repository with develop and main, and a bare remote");
  await makeFolder(repository);
  await copyContent(exampleFolder(), repository, ["node_modules", "dist", ".secrets", ".storage"]);
  // npm leaves .gitignore files out of packages.
  writeDurably(join(repository, ".gitignore"), IGNORED, 0o644);
  const listen = { staging: await freePort(), production: await freePort() };
  await setListeners(repository, listen);
  const git = (...args: string[]) => must({ argv: ["git", ...args], cwd: repository, env, signal });
  const makeRepository = async (): Promise<void> => {
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "--all");
    await git("commit", "--quiet", "--message=Begin the fleet");
    await git("branch", "develop");
    await must({ argv: ["git", "init", "--quiet", "--bare", join(folder, "remote.git")], cwd: folder, env, signal });
    await git("remote", "add", "origin", join(folder, "remote.git"));
    await git("push", "--quiet", "--set-upstream", "origin", "main", "develop");
    await must({
      argv: ["pnpm", "install", "--frozen-lockfile", "--prefer-offline", "--silent"],
      cwd: repository,
      env,
      signal,
    });
  };
  const [postgres] = await Promise.all([
    startPostgres({
      folder: join(folder, "postgres"),
      superuserPassword: options.random.hex(16),
      owned: options.owned,
      signal,
    }),
    makeRepository(),
  ]);
  for (const environment of ENVIRONMENTS) {
    const secrets = ["--environment", environment, "--secrets-dir", join(folder, "secrets")];
    await must({
      argv: [process.execPath, "scripts/bootstrap-database.mjs", ...secrets],
      cwd: repository,
      env: { ...env, ADMIN_DATABASE_URL: postgres.adminUrl("postgres") },
      signal,
    });
    await must({
      argv: [
        process.execPath,
        "scripts/write-env.mjs",
        ...secrets,
        "--port",
        String(postgres.port),
        "--listen",
        String(listen[environment]),
        "--storage-dir",
        join(folder, "storage"),
      ],
      cwd: repository,
      env,
      signal,
    });
  }
  return { folder, repository, home, listen, env, stopPostgres: postgres.stop };
}

/** Beside the programs in the published package, and in a checkout. */
const exampleFolder = (): string =>
  fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "../../examples/go2asia" : "../examples/go2asia", import.meta.url),
  );

/** The ports of the example may be taken on this machine: the demo's copy gets free ones. */
async function setListeners(repository: string, listen: Harbour["listen"]): Promise<void> {
  const file = join(repository, "sampan.yaml");
  const text = (await readTextIfThere(file)) ?? "";
  writeDurably(
    file,
    text.replace("listen: 8080", `listen: ${listen.staging}`).replace("listen: 8090", `listen: ${listen.production}`),
    0o644,
  );
}

/** A command that has to succeed. */
export async function must(command: Parameters<typeof run>[0]): Promise<string> {
  const ran = await run({ timeout: 300_000, ...command });
  if (ran.exitCode !== 0) {
    throw new Error(
      `${command.argv.join(" ")} ended with ${ran.exitCode ?? ran.failure}: ${ran.stderr.slice(-2000)}${ran.stdout.slice(-2000)}`,
    );
  }
  return ran.stdout;
}
