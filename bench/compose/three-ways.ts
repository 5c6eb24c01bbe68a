import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endAgentOf } from "../../test/tiny/end-agent-of.ts";
import { type Ran, timed } from "../timed.ts";
import { ComposeProject, scaleToTwo, upAndWait } from "./compose-project.ts";
import { buildByHand, type SmallFleet, smallFleet } from "./small-fleet.ts";

/** One upgrade of all six services in each way; milliseconds. */
export type Upgrade = Readonly<{ sampan: number; upAndWait: number; scaleToTwo: number }>;

const BIN = fileURLToPath(new URL("../../bin/sampan.js", import.meta.url));

/** The same fleet thrice on one engine, each commanded in its own way. */
export class ThreeWays {
  readonly fleet: SmallFleet;
  readonly #up: ComposeProject;
  readonly #two: ComposeProject;

  private constructor(fleet: SmallFleet) {
    this.fleet = fleet;
    const project = (way: string) =>
      new ComposeProject({ name: `${fleet.name}-${way}`, root: fleet.root, images: fleet.images });
    this.#up = project("up");
    this.#two = project("two");
  }

  static async start(): Promise<ThreeWays> {
    const ways = new ThreeWays(await smallFleet(`sampan-bench-${process.pid}`));
    try {
      await ways.#prepare("well");
      await ways.sampanWell("deploy", "staging");
      await upAndWait(ways.#up);
      await upAndWait(ways.#two);
      return ways;
    } catch (error) {
      await ways.close();
      throw error;
    }
  }

  /** All six get a new image, made before the clocks start; each way is timed from the start of its command to the end of its last one. */
  async upgrade(): Promise<Upgrade> {
    await this.#prepare("well");
    this.#alone("sampan");
    const { ms: sampan } = await this.sampanWell("deploy", "staging");
    this.#alone("up");
    const up = await clocked(() => upAndWait(this.#up));
    this.#alone("two");
    const two = await clocked(async () => {
      for (const name of this.fleet.names) {
        if (!(await scaleToTwo(this.#two, name))) throw new Error(`${name} did not become healthy`);
      }
    });
    return { sampan, upAndWait: up, scaleToTwo: two };
  }

  /** One service gets an image that ends as soon as it starts: milliseconds until each way has given up, with the old one serving. */
  async crash(
    service: string,
    { slow }: Readonly<{ slow: boolean }>,
  ): Promise<Readonly<{ sampan: Ran; scaleToTwo: number | null }>> {
    await this.#prepare("crash", [service]);
    this.#alone("sampan");
    const ran = await this.sampan("deploy", "staging");
    if (ran.code !== 4) throw new Error(`expected to be thrown back: ${ran.code} ${ran.stdout}${ran.stderr}`);
    this.#alone("two");
    const two = slow ? await clocked(() => scaleToTwo(this.#two, service)) : null;
    return { sampan: ran, scaleToTwo: two };
  }

  sampan(...args: string[]): Promise<Ran> {
    return timed([process.execPath, BIN, ...args], { cwd: this.fleet.root, env: this.fleet.env });
  }

  async sampanWell(...args: string[]): Promise<Ran> {
    const ran = await this.sampan(...args);
    if (ran.code === 0) return ran;
    throw new Error(`sampan ${args.join(" ")}: ${ran.code}: ${ran.stderr.slice(-3000)}${ran.stdout.slice(-3000)}`);
  }

  async close(): Promise<void> {
    this.#alone(null);
    await this.#up.down();
    await this.#two.down();
    await endAgentOf(this.fleet.env.SAMPAN_HOME ?? "");
    // Made for the project, and left to it.
    execFileSync("docker", ["network", "rm", `${this.fleet.name}-sampan_default`], { stdio: "ignore" });
    const tags = execFileSync("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], { encoding: "utf8" })
      .split("\n")
      .filter((tag) => tag.includes(this.fleet.name));
    if (tags.length > 0) execFileSync("docker", ["image", "rm", "--force", ...tags], { stdio: "ignore" });
    this.fleet.close();
  }

  /** The other ways' containers are paused, their health checks with them: they would take a good part of the machine. */
  #alone(way: "sampan" | "up" | "two" | null): void {
    for (const one of ["sampan", "up", "two"] as const) {
      const paused = way !== null && one !== way;
      const filters = [
        `label=com.docker.compose.project=${this.fleet.name}-${one}`,
        `status=${paused ? "running" : "paused"}`,
      ];
      const args = ["ps", "--quiet", ...filters.flatMap((filter) => ["--filter", filter])];
      const ids = execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
      if (ids.length > 0) execFileSync("docker", [paused ? "pause" : "unpause", ...ids], { stdio: "ignore" });
    }
  }

  /** Builds and checks that a second deployment would find done. */
  async #prepare(behaviour: "well" | "crash", services = this.fleet.names): Promise<void> {
    const tag = this.fleet.commit(behaviour, services);
    await buildByHand(this.fleet, tag);
    this.#up.use(tag);
    this.#two.use(tag);
    await this.sampanWell("check", "staging");
    await this.sampanWell("build");
  }
}

async function clocked(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
