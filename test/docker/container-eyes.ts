import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Eyes } from "../crash/eyes.ts";
import { heard, strangers } from "../crash/looks.ts";
import { ask } from "../outside/answers.ts";
import type { SeenInstance } from "../outside/processes.ts";
import { type ComposeFleet, containersOf as projectOf } from "./compose-fleet.ts";
import { containersOf } from "./containers-of.ts";

/**
 * A fleet of containers as the engine's own command shows it, those that do not run among them: whatever carries the fleet's label counts. Which
 * version one is, it says itself, at the port of the host that the engine has given it.
 */
export function containerEyes(fleet: ComposeFleet): Eyes {
  const folder = join(fleet.root, "..");
  const seen = () => containersOf(fleet.name);
  return {
    instances: async () =>
      await Promise.all(
        (await seen()).map(async ({ pid, instance, service, artifact, release, port }): Promise<SeenInstance> => {
          const version = port === null ? "without a port" : await versionAt(port, service);
          return { pid, id: instance, service, artifact, release, version };
        }),
      ),
    routes: () => mapsIn(folder),
    strangers: async () => {
      const known = (await seen()).length;
      const all = projectOf(fleet);
      return [
        ...(await strangers(folder)),
        ...(all.length === known ? [] : [`containers without Sampan's label: ${all.join(", ")}`]),
      ];
    },
    heard: async (service) => {
      const pids = new Map((await seen()).map(({ instance, pid }) => [instance, pid]));
      // Inside, each of them is process 1.
      return (await heard(fleet, service)).map((one) => ({ ...one, pid: pids.get(one.instance) ?? 0 }));
    },
  };
}

async function versionAt(port: number, service: string): Promise<string> {
  try {
    const { body } = await ask(port, `/${service}/version`);
    return (JSON.parse(body) as { version: string }).version;
  } catch (error) {
    return `silent (${(error as Error).message})`;
  }
}

/** The maps that HAProxy was told, without what it counts. */
function mapsIn(folder: string): string {
  const routers = join(folder, "home", "agent", "routers");
  if (!existsSync(routers)) return "";
  return readdirSync(routers, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("current/routes.map"))
    .map((path) => readFileSync(join(routers, path), "utf8"))
    .join("\n");
}
