import { join } from "node:path";
import { z } from "zod";
import { StepFault } from "../../fault.ts";
import type { ServiceSpec } from "../../fleet/fleet.ts";
import { readTextIfThere } from "../../io/files.ts";
import { namesIn } from "../../io/names-in.ts";

const manifestSchema = z.looseObject({ start: z.tuple([z.string().min(1)], z.string()) });

/** The argv that starts a bundle: the service's own `start`, else what the bundle's manifest says. Faults: `no-bundle`. */
export async function startCommand(source: string, spec: ServiceSpec): Promise<readonly [string, ...string[]]> {
  if (namesIn(source) === null) throw noBundle(source, "there is no such folder");
  const [file, ...args] = spec.start ?? [];
  if (file !== undefined) return [file, ...args];
  const text = await readTextIfThere(join(source, "sampan-bundle.json"));
  if (text === null) throw noBundle(source, "it has no sampan-bundle.json");
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw noBundle(source, `its sampan-bundle.json is not JSON: ${(error as Error).message}`);
  }
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) throw noBundle(source, "its sampan-bundle.json does not say how to start it");
  return parsed.data.start;
}

const noBundle = (source: string, why: string) =>
  new StepFault({ code: "no-bundle", message: `${source} cannot be started: ${why}` });
