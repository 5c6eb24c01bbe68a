import { type Ran, run } from "../../io/exec.ts";
import { type EngineStep, engineFault } from "./engine-fault.ts";

/** An image as the engine describes it: of `docker image inspect`, what is asked for here. */
export type EngineImage = Readonly<{
  /** `sha256:…`. */
  id: string;
  /** `name:tag`. */
  tags: readonly string[];
  /** `name@sha256:…`: what it is called in registries that it was pushed to or pulled from. */
  digests: readonly string[];
  labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch when it last got a tag here; 0: unknown. */
  taggedAt: number;
}>;

export type EngineAt = Readonly<{ env: Readonly<Record<string, string>>; signal: AbortSignal }>;

const PATIENCE = 60_000;

/** What `docker image inspect` says of those that are not there, and words that are no failure. */
const BESIDE = /No such image|not found|^WARNING/i;

/** The engine of this machine, through the docker command: it knows contexts, sockets and plugins. */
export class Engine {
  readonly #at: EngineAt;

  constructor(at: EngineAt) {
    this.#at = at;
  }

  /** Those that are there of the names, ids and digests asked for. */
  async inspect(references: readonly string[], about: EngineStep): Promise<readonly EngineImage[]> {
    if (references.length === 0) return [];
    const ran = await this.#run(["image", "inspect", ...references]);
    // It ends with 1 when any is missing, and prints the others.
    const missing = ran.exitCode === 1 && !ran.stderr.split("\n").some((line) => line !== "" && !BESIDE.test(line));
    if ((ran.exitCode !== 0 && !missing) || ran.stdout.trim() === "") throw this.#fault(about, ran);
    return (JSON.parse(ran.stdout) as readonly Inspected[]).map(imageOf);
  }

  /** All that carry these labels. */
  async labelled(labels: Readonly<Record<string, string>>, about: EngineStep): Promise<readonly EngineImage[]> {
    const filters = Object.entries(labels).flatMap(([name, value]) => ["--filter", `label=${name}=${value}`]);
    const said = await this.#must(["image", "ls", "--all", "--quiet", "--no-trunc", ...filters], about);
    return this.inspect([...new Set(said.split("\n").filter(Boolean))], about);
  }

  async tag(id: string, name: string, about: EngineStep): Promise<void> {
    await this.#must(["image", "tag", id, name], about);
  }

  /** A tag, and the image with its last one. False: a container uses it, or it is gone. */
  async remove(reference: string): Promise<boolean> {
    return (await this.#run(["image", "rm", reference])).exitCode === 0;
  }

  async #must(args: readonly string[], about: EngineStep): Promise<string> {
    const ran = await this.#run(args);
    if (ran.exitCode !== 0) throw this.#fault(about, ran);
    return ran.stdout;
  }

  async #run(args: readonly string[]): Promise<Ran> {
    const { env, signal } = this.#at;
    const ran = await run({ argv: ["docker", ...args], env, signal, timeout: PATIENCE, keep: 64 * 1024 * 1024 });
    signal.throwIfAborted();
    return ran;
  }

  #fault(about: EngineStep, { exitCode, failure, stderr }: Ran): Error {
    return engineFault(about, { exitCode, failure, said: stderr });
  }
}

type Inspected = Readonly<{
  Id: string;
  RepoTags: readonly string[] | null;
  RepoDigests: readonly string[] | null;
  Config: Readonly<{ Labels: Readonly<Record<string, string>> | null }> | null;
  Metadata?: Readonly<{ LastTagTime?: string }>;
}>;

const imageOf = ({ Id, RepoTags, RepoDigests, Config, Metadata }: Inspected): EngineImage => {
  const tagged = Date.parse(Metadata?.LastTagTime ?? "");
  return {
    id: Id,
    tags: RepoTags ?? [],
    digests: RepoDigests ?? [],
    labels: Config?.Labels ?? {},
    taggedAt: Number.isFinite(tagged) && tagged > 0 ? tagged : 0,
  };
};
