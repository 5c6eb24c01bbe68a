import { createGunzip } from "node:zlib";
import { type Find, findValuesIn } from "../../leaks/find-values.ts";
import { collect, peek } from "./peek.ts";
import { type ImageLeak, searchLayer } from "./search-layer.ts";
import { readTar, type TarEntry } from "./tar.ts";

/** In which layer, and what made it; `null`: in the configuration, the history or the labels. */
export type PlacedLeak = ImageLeak & Readonly<{ layer: Layer | null }>;

export type Layer = Readonly<{
  /** 1-based. */
  number: number;
  of: number;
  /** The Dockerfile's line as the history has it. Not masked. */
  madeBy: string;
}>;

export type LayerMemory = Readonly<{
  /** Was a layer of this name searched before, and clean? A layer's name is derived from its content. */
  knows(name: string): Promise<boolean>;
  keep(name: string): Promise<void>;
}>;

const LARGEST_JSON = 16 * 1024 * 1024;

type Config = Readonly<{ history?: readonly Readonly<{ created_by?: string; empty_layer?: boolean }>[] }>;

/** Looks through what `docker save` writes, as it comes: every layer, and all that is written beside them. Nothing is unpacked. */
export async function searchSaved(
  tar: AsyncIterable<Buffer>,
  { find, memory }: Readonly<{ find: Find; memory: LayerMemory }>,
): Promise<readonly PlacedLeak[]> {
  const layers = new Map<string, readonly ImageLeak[]>();
  const beside: ImageLeak[] = [];
  const documents = new Map<string, string>();
  for await (const entry of readTar(tar)) {
    if (entry.kind !== "file" || entry.size === 0) continue;
    const { head, whole } = await peek(entry.content, 512);
    const kind = kindOf(head);
    if (kind !== "document" && (await memory.knows(entry.path))) continue;
    if (kind === "layer" || kind === "gzip") {
      const leaks = await searchLayer(kind === "gzip" ? unzipped(whole) : whole, find);
      if (leaks.length === 0) await memory.keep(entry.path);
      layers.set(entry.path, leaks);
      continue;
    }
    beside.push(...(await searchDocument({ ...entry, content: whole }, { find, documents })));
  }
  const placed = layerNames(documents);
  return [
    // Legacy archives hold the configuration of every layer, in which the same stands again.
    ...onceEach(beside).map((leak): PlacedLeak => ({ ...leak, layer: null })),
    ...[...layers].flatMap(([path, leaks]) =>
      leaks.map(
        (leak): PlacedLeak => ({ ...leak, layer: placed.get(path) ?? { number: 0, of: layers.size, madeBy: "" } }),
      ),
    ),
  ];
}

async function searchDocument(
  entry: Pick<TarEntry, "path" | "content">,
  { find, documents }: Readonly<{ find: Find; documents: Map<string, string> }>,
): Promise<readonly ImageLeak[]> {
  const bytes = await collect(entry.content, LARGEST_JSON);
  if (bytes === null) throw new Error(`${entry.path} of an image is larger than ${LARGEST_JSON} bytes`);
  documents.set(entry.path, bytes.toString("utf8"));
  const pieces = async function* () {
    yield bytes;
  };
  const found = await findValuesIn(pieces(), find);
  return found.map(({ name }) => ({ file: "its configuration or history", line: null, what: { kind: "value", name } }));
}

function kindOf(head: Buffer): "layer" | "gzip" | "document" {
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  // A layer without any file is two blocks of nothing.
  const tar =
    head.length === 512 && (head.toString("latin1", 257, 262) === "ustar" || head.every((byte) => byte === 0));
  return tar ? "layer" : "document";
}

async function* unzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feeding = (async () => {
    try {
      for await (const piece of source) if (!gunzip.write(piece)) await new Promise((go) => gunzip.once("drain", go));
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  })();
  for await (const piece of gunzip) yield piece as Buffer;
  await feeding;
}

/** By their paths in the archive, from `manifest.json` and the configuration that it names. */
function layerNames(documents: ReadonlyMap<string, string>): ReadonlyMap<string, Layer> {
  const named = new Map<string, Layer>();
  try {
    const [manifest] = JSON.parse(documents.get("manifest.json") ?? "[]") as readonly {
      Config: string;
      Layers: string[];
    }[];
    const { history = [] } = JSON.parse(documents.get(manifest?.Config ?? "") ?? "{}") as Config;
    const made = history.filter(({ empty_layer }) => empty_layer !== true).map(({ created_by = "" }) => created_by);
    const of = manifest?.Layers.length ?? 0;
    for (const [at, path] of (manifest?.Layers ?? []).entries())
      named.set(path, { number: at + 1, of, madeBy: made[at] ?? "" });
  } catch {
    // Without their order the layers are still searched.
  }
  return named;
}

const onceEach = (leaks: readonly ImageLeak[]): readonly ImageLeak[] => [
  ...new Map(leaks.map((leak) => [JSON.stringify(leak), leak])).values(),
];
