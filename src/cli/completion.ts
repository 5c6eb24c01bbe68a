import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { readFleet } from "../fleet/read-fleet.ts";

/**
 * Adds `sampan complete SHELL`, which prints the script for bash, zsh, fish or PowerShell, and what that script asks for: commands,
 * options, and the names of this fleet's environments and services.
 */
export async function addCompletion(program: Command): Promise<void> {
  const root = tab(program);
  const read = await readFleet("sampan.yaml").catch(() => null);
  const fleet = read !== null && "fleet" in read ? read.fleet : null;
  const names: Readonly<Record<string, readonly string[]>> = {
    environment: Object.keys(fleet?.environments ?? {}),
    from: Object.keys(fleet?.environments ?? {}),
    service: Object.keys(fleet?.services ?? {}),
    services: Object.keys(fleet?.services ?? {}),
  };
  for (const command of root.commands.values()) {
    for (const [name, argument] of command.arguments) {
      argument.handler = (complete) => {
        for (const value of names[name] ?? []) complete(value, "");
      };
    }
  }
}
