import { sampan } from "../sampan.ts";
import type { TinyFleet } from "./tiny-fleet.ts";

type There = Readonly<{
  name: string;
  revision: Readonly<{ artifact: string }> | null;
  verified: Readonly<{ artifact: string }> | null;
}>;

/** What `sampan status` says of an environment's services. */
export async function servicesIn(fleet: TinyFleet, environment: string): Promise<readonly There[]> {
  const ran = await sampan(["status", environment, "--json"], { cwd: fleet.root, env: fleet.env });
  return (ran.json() as { services: readonly There[] }).services;
}

/** The artifact that each service runs there; empty: none. */
export const artifactsIn = async (fleet: TinyFleet, environment: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    (await servicesIn(fleet, environment)).map(({ name, revision }) => [name, revision?.artifact ?? ""]),
  );
