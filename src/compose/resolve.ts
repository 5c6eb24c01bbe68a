import { join } from "node:path";
import { type Ran, run } from "../io/exec.ts";
import { namesIn } from "../io/names-in.ts";
import { type Problem, problem } from "../problem.ts";
import { type ComposeProject, parseProject } from "./project.ts";

export type ComposeFiles = Readonly<{
  /** Absolute: the repository's root. */
  root: string;
  /** Relative to it; empty: those that Compose finds by itself. */
  files: readonly string[];
  project: string | null;
  profiles: readonly string[];
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}>;

export type Resolved = Readonly<{ project: ComposeProject } | { problems: readonly Problem[] }>;

/** In the order in which Compose looks for them. */
const FOUND = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const PATIENCE = 30_000;
const KEPT = 16 * 1024 * 1024;

/** What the compose files say, by Compose's own word. What it refuses is a problem, in its own words. */
export async function resolveCompose(at: ComposeFiles): Promise<Resolved> {
  const files = at.files.length > 0 ? at.files : composeFilesIn(at.root);
  const [first] = files;
  if (first === undefined) {
    const hint = `write ${FOUND[0]}, or name the file in the environment's target: files: […]`;
    return { problems: [problem("no-compose-file", `there is no compose file in ${at.root}`, hint)] };
  }
  const missing = files.filter((file) => !there(at.root, file));
  if (missing.length > 0) {
    return {
      problems: missing.map((file) => inFile(at, file, "compose-file-missing", "there is no such compose file")),
    };
  }
  const ran = await run({
    argv: ["docker", ...composeArgs(at, files), "config", "--format", "json"],
    cwd: at.root,
    env: at.env,
    timeout: PATIENCE,
    keep: KEPT,
    signal: at.signal,
  });
  at.signal.throwIfAborted();
  if (ran.failure === "not-found") return { problems: [noCompose("there is no docker command here")] };
  if (ran.exitCode !== 0) return { problems: [refusal(at, files, ran)] };
  try {
    return { project: parseProject(ran.stdout) };
  } catch (error) {
    return {
      problems: [inFile(at, first, "compose-unreadable", `Compose printed what cannot be read: ${String(error)}`)],
    };
  }
}

/** Paths in the files are relative to the first of them, as Compose has it. */
function composeArgs({ project, profiles }: ComposeFiles, files: readonly string[]): readonly string[] {
  return [
    "compose",
    ...(project === null ? [] : ["--project-name", project]),
    ...files.flatMap((file) => ["--file", file]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
}

/** As Compose does it: the first of the names, and its override beside it. */
export function composeFilesIn(root: string): readonly string[] {
  const names = new Set(namesIn(root) ?? []);
  const main = FOUND.find((name) => names.has(name));
  if (main === undefined) return [];
  const base = main.startsWith("docker-") ? "docker-compose.override" : "compose.override";
  const override = [".yml", ".yaml"].map((end) => base + end).find((name) => names.has(name));
  return override === undefined ? [main] : [main, override];
}

/** Where else people keep it, by names that Compose does not look for. */
export function otherFilesIn(root: string): readonly string[] {
  return [".", "deploy", "docker", "infra", ".docker"].flatMap((folder) =>
    (namesIn(join(root, folder)) ?? [])
      .filter((name) => /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/.test(name) && !name.includes("override"))
      .map((name) => (folder === "." ? name : `${folder}/${name}`))
      .sort(),
  );
}

function there(root: string, file: string): boolean {
  const at = join(root, file);
  const slash = at.lastIndexOf("/");
  return namesIn(at.slice(0, slash))?.includes(at.slice(slash + 1)) ?? false;
}

const noCompose = (why: string): Problem =>
  problem("no-compose", `the compose file cannot be read: ${why}`, "install Docker with its plugin compose (v2)");

function refusal(at: ComposeFiles, files: readonly string[], ran: Ran): Problem {
  const said = ran.stderr
    .split("\n")
    .map((line) => line.replace(/^time="[^"]*" level=\w+ msg=/, "").trim())
    .filter((line) => line !== "");
  if (said.some((line) => /is not a docker command|unknown (?:shorthand )?flag/.test(line))) {
    return noCompose(said.join(" "));
  }
  // Warnings come first; the last line is why it refused.
  const why =
    ran.failure === "timeout" ? `no answer within ${PATIENCE / 1000} s` : (said.at(-1) ?? "for no reason given");
  const file = files.find((one) => why.includes(one)) ?? files[0] ?? "";
  return inFile(at, file, "compose-refused", `Compose refuses it: ${why}`, "try it: docker compose config");
}

const inFile = (
  at: ComposeFiles,
  file: string,
  code: string,
  message: string,
  hint: string | null = null,
): Problem => ({
  ...problem(code, message, hint),
  file: join(at.root, file),
  line: lineIn(message),
});

/** YAML errors say where: `yaml: line 3: …`. */
const lineIn = (message: string): number | null => {
  const line = /\bline (\d+)\b/.exec(message)?.[1];
  return line === undefined ? null : Number(line);
};
