import type { Fleet } from "../../fleet/fleet.ts";
import type { Client } from "./clients.ts";

/** A service that relies on another one's contract, and by what that is known. */
export type Caller = Readonly<{ service: string; by: string }>;

type Folders = (service: string) => readonly string[];

/** Who calls a service: those that need it, and those with a client that is generated from its contract. */
export function callersOf(
  of: Readonly<{ fleet: Fleet; service: string; contract: string; clients: readonly Client[]; folders: Folders }>,
): readonly Caller[] {
  return Object.values(of.fleet.services).flatMap(({ name, needs }): readonly Caller[] => {
    if (name === of.service) return [];
    const client = of.clients.find(
      ({ contract, file }) =>
        contract === of.contract && of.folders(name).some((folder) => file.startsWith(`${folder}/`)),
    );
    if (client !== undefined) return [{ service: name, by: `${client.file}:${client.line}` }];
    return needs.includes(of.service) ? [{ service: name, by: "needs" }] : [];
  });
}
