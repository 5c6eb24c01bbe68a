import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * What runs on this machine by the kernel's word alone: shares no code with what started it, and believes no record of it.
 */
export type SeenProcess = Readonly<{
  pid: number;
  group: number;
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}>;

/** An instance of a service: a process that leads its group and says of which service, artifact and release it is. */
export type SeenInstance = Readonly<{
  pid: number;
  id: string;
  service: string;
  artifact: string;
  release: string;
  /** As its bundle's behaviour.json says. */
  version: string;
}>;

/** All processes that work in a folder or were given it as their home, zombies left out. */
export function processesOf(folder: string): readonly SeenProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => seen(Number(name)))
    .filter((process) => process !== null)
    .filter(({ env, cwd, argv }) => [env.HOME ?? "", cwd, ...argv].some((word) => within(folder, word)));
}

export function instancesOf(folder: string): readonly SeenInstance[] {
  return processesOf(folder)
    .filter(({ env, pid, group }) => env.SAMPAN_INSTANCE !== undefined && pid === group)
    .map(({ pid, env, cwd }) => ({
      pid,
      id: env.SAMPAN_INSTANCE ?? "",
      service: env.SAMPAN_SERVICE ?? "",
      artifact: env.SAMPAN_ARTIFACT ?? "",
      release: env.SAMPAN_RELEASE ?? "",
      version: versionIn(cwd),
    }));
}

/** The supervisors of a state folder: one, or none right after it was killed. */
export const agentsOf = (folder: string): readonly number[] => programs(folder, /\/agent(\/main)?\.[jt]s$/);
export const routersOf = (folder: string): readonly number[] => programs(folder, /\/router(\/builtin\/main)?\.[jt]s$/);

/** What is neither instance, agent nor router: left behind by something that died. */
export const strangersIn = (folder: string): readonly SeenProcess[] => {
  const known = new Set([...agentsOf(folder), ...routersOf(folder)]);
  const isHaproxy = /(?:^|\/)haproxy$/;
  return processesOf(folder).filter(
    ({ pid, env, argv }) => env.SAMPAN_INSTANCE === undefined && !known.has(pid) && !isHaproxy.test(argv[0] ?? ""),
  );
};

const programs = (folder: string, program: RegExp): readonly number[] =>
  processesOf(folder)
    .filter(({ argv }) => program.test(argv[1] ?? "") && within(folder, argv[2] ?? ""))
    .map(({ pid }) => pid);

const within = (folder: string, word: string): boolean => word === folder || word.startsWith(`${folder}/`);

function seen(pid: number): SeenProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return null;
    const words = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8").split("\0").filter(Boolean);
    const env = Object.fromEntries(
      words("environ").map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
    );
    return { pid, group: Number(group), argv: words("cmdline"), cwd: readlinkSync(`/proc/${pid}/cwd`), env };
  } catch {
    // Gone meanwhile, or somebody else's.
    return null;
  }
}

function versionIn(folder: string): string {
  try {
    return String((JSON.parse(readFileSync(join(folder, "behaviour.json"), "utf8")) as { version: unknown }).version);
  } catch {
    return `unknown (${folder})`;
  }
}
