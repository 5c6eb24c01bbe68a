import { join } from "node:path";
import { z } from "zod";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { namesIn } from "../../io/folders.ts";

const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const schema = z.strictObject({
  formatVersion: z.literal(1),
  service: z.string(),
  /** The image's name without tag. */
  name: z.string(),
  /** Of what it was made from. */
  tree: hash,
  /** The digest in the registry; the id in the engine where it is not pushed. */
  artifact: hash,
  /** Git's id of the service's folder. */
  folder: z.string().regex(/^[0-9a-f]{40,64}$/),
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  version: z.string(),
});

/** What this machine knows of an image: which digest stands for a tree. Whoever disagrees later has moved a tag. */
export type ImageRecord = Readonly<z.infer<typeof schema>>;

type Of = Readonly<{ state: string; service: string }>;

const folderOf = ({ state, service }: Of): string => join(state, "images", "records", service);

const fileOf = (of: Of, tree: string): string => join(folderOf(of), `${tree.replace(/^sha256:/, "")}.json`);

export const recordFile = fileOf;

export async function readRecord(of: Of, tree: string): Promise<ImageRecord | null> {
  return parsed(await readTextIfThere(fileOf(of, tree)));
}

export function writeRecord(state: string, record: ImageRecord): void {
  writeDurably(fileOf({ state, service: record.service }, record.tree), `${JSON.stringify(record, null, 2)}\n`);
}

/** The record of a digest, whatever tree it was made from. */
export async function recordOfArtifact(of: Of, artifact: string): Promise<ImageRecord | null> {
  for (const name of namesIn(folderOf(of))) {
    const record = parsed(await readTextIfThere(join(folderOf(of), name)));
    if (record?.artifact === artifact) return record;
  }
  return null;
}

function parsed(text: string | null): ImageRecord | null {
  try {
    const result = schema.safeParse(JSON.parse(text ?? "null"));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}
