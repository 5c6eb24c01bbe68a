import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TinyFleet } from "./tiny-fleet.ts";

/**
 * Somebody else with a clone of the same fleet on the same host: the same agent, but a store of its own (or the one given), so that the lease tells
 * neither of the other and only the agent's fence stands between them.
 */
export function secondDeployer(fleet: TinyFleet, store = ".sampan"): TinyFleet {
  const folder = join(fleet.root, "..");
  const root = join(folder, "second");
  fleet.git("clone", "--quiet", ".", root);
  const git = (...args: string[]) => fleet.git("-C", root, ...args);
  git("remote", "remove", "origin");
  cpSync(join(fleet.root, "env"), join(root, "env"), { recursive: true });
  const file = join(root, "sampan.yaml");
  writeFileSync(file, `store: ${store}\n${readFileSync(file, "utf8").replace(/^store:.*\n/m, "")}`);
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text);
  const commit: TinyFleet["commit"] = (message, behaviours) => {
    for (const [name, behaviour] of Object.entries(behaviours))
      write(`services/${name}/behaviour.json`, JSON.stringify(behaviour));
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", `--message=${message}`);
    return git("rev-parse", "HEAD");
  };
  return { ...fleet, root, git, write, commit };
}
