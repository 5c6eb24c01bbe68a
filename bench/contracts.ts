import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asYaml, contractDocument } from "./contract-documents.ts";
import { type Measured, median, type Options, round } from "./figure.ts";
import { timedWell } from "./timed.ts";

const ONCE = fileURLToPath(new URL("./contracts-once.ts", import.meta.url));
const PATHS = 500;

type Once = Readonly<{ ms: number; warm: number; changes: number }>;

/** Two contracts of 500 paths read and compared, from text to changes. */
export async function measureContracts({ quick, say }: Options): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "sampan-bench-contracts-"));
  try {
    const runs: { yaml: Once[]; json: Once[] } = { yaml: [], json: [] };
    const kinds = { yaml: asYaml, json: (document: object) => JSON.stringify(document, null, 2) } as const;
    for (const kind of ["yaml", "json"] as const) {
      const files = [false, true].map((next) => join(folder, `${next ? "new" : "old"}.${kind}`));
      for (const [at, file] of files.entries()) await writeFile(file, kinds[kind](contractDocument(PATHS, at === 1)));
      for (let run = 0; run < (quick ? 1 : 5); run += 1) {
        runs[kind].push(JSON.parse((await timedWell([process.execPath, ONCE, ...files])).stdout) as Once);
      }
      say(`${kind}: ${runs[kind].map(({ ms }) => round(ms)).join(", ")} ms, ${runs[kind][0]?.changes} changes`);
    }
    const figure = (what: string, values: readonly number[]) => ({
      what,
      value: round(median(values)),
      unit: "ms",
      bound: 1000,
    });
    return {
      bench: "contracts",
      figures: [
        figure(
          "two contracts of 500 paths in YAML, read and compared: median",
          runs.yaml.map(({ ms }) => ms),
        ),
        figure(
          "the same again",
          runs.yaml.map(({ warm }) => warm),
        ),
        figure(
          "in JSON",
          runs.json.map(({ ms }) => ms),
        ),
      ],
      detail: { runs },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
