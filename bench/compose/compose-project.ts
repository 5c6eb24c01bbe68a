import { setTimeout as sleep } from "node:timers/promises";
import { timed, timedWell } from "../timed.ts";

/** One project of Docker Compose, commanded as a person would. */
export class ComposeProject {
  readonly #name: string;
  readonly #root: string;
  #env: NodeJS.ProcessEnv;

  constructor({ name, root, images }: Readonly<{ name: string; root: string; images: string }>) {
    this.#name = name;
    this.#root = root;
    this.#env = { ...process.env, IMAGES: images, TAG: "none" };
  }

  /** The images that every command from now on is about. */
  use(tag: string): void {
    this.#env = { ...this.#env, TAG: tag };
  }

  compose(...args: string[]): ReturnType<typeof timed> {
    const argv = ["docker", "compose", "--progress", "quiet", "--project-name", this.#name, ...args] as const;
    return timed([...argv], { cwd: this.#root, env: this.#env });
  }

  async composeWell(...args: string[]): Promise<void> {
    const { code, stderr } = await this.compose(...args);
    if (code !== 0) throw new Error(`docker compose ${args.join(" ")} ended with ${code}: ${stderr.slice(-2000)}`);
  }

  /** Ids of a service's containers, running or not. */
  async containers(service: string): Promise<readonly string[]> {
    const { stdout } = await this.compose("ps", "--all", "--quiet", service);
    return stdout.split("\n").filter(Boolean);
  }

  async healthy(container: string): Promise<boolean> {
    const { stdout } = await timed(["docker", "inspect", "--format", "{{.State.Health.Status}}", container]);
    return stdout.trim() === "healthy";
  }

  async down(): Promise<void> {
    await this.composeWell("down", "--volumes", "--timeout", "1");
  }
}

/** `docker compose up -d --wait`: the order is that of \`depends_on\`, and the old container ends before the new one starts. */
export async function upAndWait(project: ComposeProject): Promise<void> {
  await project.composeWell("up", "--detach", "--wait");
}

const PAUSE = 1000;
const PATIENCE = 60;

/**
 * The method of docker-rollout for one service: another container beside the old one, asked each second whether it is healthy,
 * at most a minute long; then the old one is stopped and removed. False: given up, and the new one removed.
 */
export async function scaleToTwo(project: ComposeProject, service: string): Promise<boolean> {
  const before = await project.containers(service);
  await project.composeWell("up", "--detach", "--no-deps", "--no-recreate", "--scale", `${service}=2`, service);
  const added = (await project.containers(service)).filter((id) => !before.includes(id));
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const healthy = await Promise.all(added.map((id) => project.healthy(id)));
    if (healthy.length > 0 && healthy.every(Boolean)) {
      await endContainers(before);
      return true;
    }
    await sleep(PAUSE);
  }
  await endContainers(added);
  return false;
}

async function endContainers(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await timedWell(["docker", "stop", ...ids]);
  await timedWell(["docker", "rm", ...ids]);
}
