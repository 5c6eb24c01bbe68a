import { join } from "node:path";
import { z } from "zod";
import { readTextIfThere } from "../../io/files.ts";
import { BUNDLE_FORMAT } from "../source/tree-hash.ts";

export const MANIFEST = "sampan-bundle.json";

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits},}$`));

const manifestSchema = z.strictObject({
  formatVersion: z.literal(BUNDLE_FORMAT),
  fleet: z.string().min(1),
  service: z.string().min(1),
  /** Of the package, or the tag; of the commit that it was first built from. */
  version: z.string(),
  commit: hex(40),
  /** `sha256:<64 hex>`: hash of the tree that it was made from. */
  artifact: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Git's id of the service's folder. */
  tree: hex(40),
  tools: z.record(z.string(), z.string()),
  /** argv, run in the bundle; empty when the package has no start script that needs no shell: the fleet file names one. */
  start: z.array(z.string()),
  /** SHA-256 (hex) over path, mode and content of all that is in it, this file apart. */
  contentHash: hex(64),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
});

export type BundleManifest = Readonly<z.infer<typeof manifestSchema>>;

/** Null when there is no bundle in the folder, or one that no release can use. */
export async function readManifest(folder: string): Promise<BundleManifest | null> {
  const text = await readTextIfThere(join(folder, MANIFEST));
  if (text === null) return null;
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
