import { type Find, findValuesIn } from "../../leaks/find-values.ts";
import { findShapes } from "../../leaks/secret-shapes.ts";
import { isOthersFile } from "./others-files.ts";
import { collect } from "./peek.ts";
import { readTar } from "./tar.ts";

/** Where something secret lies in an image; never what it is. */
export type ImageLeak = Readonly<{
  /** Path in the image, or what else of it: its configuration. */
  file: string;
  /** 1-based; null: in the name itself. */
  line: number | null;
  what: Readonly<{ kind: "value"; name: string } | { kind: "shape"; rule: string }>;
}>;

/** Larger files are nothing that a person wrote. */
const LARGEST_TEXT = 1024 * 1024;

/**
 * All files of one layer, those too that a later layer takes away: whoever has the image has them. Secret values are looked for
 * everywhere; what only looks like a secret, in text files of the service's own.
 */
export async function searchLayer(tar: AsyncIterable<Buffer>, find: Find): Promise<readonly ImageLeak[]> {
  const leaks: ImageLeak[] = [];
  for await (const entry of readTar(tar)) {
    find.signal.throwIfAborted();
    const path = entry.path.replace(/^(?:\.?\/)+/, "");
    const words = Buffer.from(`${path}\n${entry.target}`);
    for (const { name } of find.search(words))
      leaks.push({ file: `/${path}`, line: null, what: { kind: "value", name } });
    if (entry.kind !== "file" || entry.size === 0) continue;
    const text = entry.size <= LARGEST_TEXT && !isOthersFile(path) ? await collect(entry.content, LARGEST_TEXT) : null;
    const found = await findValuesIn(text === null ? entry.content : pieceOf(text), find);
    leaks.push(
      ...found.map(({ line, name }): ImageLeak => ({ file: `/${path}`, line, what: { kind: "value", name } })),
    );
    if (text === null || text.subarray(0, 8192).includes(0)) continue;
    const shapes = await findShapes([{ path, text: text.toString("utf8") }], find.signal);
    leaks.push(
      ...shapes.map(({ line, rule }): ImageLeak => ({ file: `/${path}`, line, what: { kind: "shape", rule } })),
    );
  }
  return leaks;
}

async function* pieceOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
