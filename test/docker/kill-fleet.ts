import { join } from "node:path";
import type { Deployed } from "../crash/kills.ts";
import { sampan } from "../sampan.ts";
import { type ComposeFleet, composeFleet } from "./compose-fleet.ts";
import { containerEyes } from "./container-eyes.ts";

export type DeployedContainers = Deployed & Readonly<{ fleet: ComposeFleet }>;

/** A fleet of two services in containers behind HAProxy, of which nothing runs yet. */
export async function builtContainers(): Promise<DeployedContainers> {
  const fleet = await composeFleet([{ name: "auth" }, { name: "blog", needs: ["auth"], replicas: 2 }], {
    healthcheck: "none",
    health: "every: 50ms, healthyFor: 100ms, timeout: 10s",
  });
  return {
    fleet,
    folder: join(fleet.root, ".."),
    eyes: containerEyes(fleet),
    // Images are built within it.
    bound: 150,
    replicas: { auth: 1, blog: 2 },
    serving: {},
    earlier: [],
  };
}

/** Verified at its first version. */
export async function launchedContainers(): Promise<DeployedContainers> {
  const at = await builtContainers();
  const first = { version: "v0" };
  const serving = { auth: first, blog: first };
  at.fleet.commit("first", serving);
  const { code, stdout, stderr } = await sampan(["deploy", "staging"], { cwd: at.fleet.root, env: at.fleet.env });
  if (code !== 0) throw new Error(`the first deployment ended ${code}: ${stdout}${stderr}`);
  return { ...at, serving, earlier: [first] };
}
