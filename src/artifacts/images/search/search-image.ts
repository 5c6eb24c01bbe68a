import { join } from "node:path";
import { StepFault } from "../../../fault.ts";
import { readTextIfThere, writeDurably } from "../../../io/files.ts";
import { hmacSha256 } from "../../../io/hmac.ts";
import { programOutput } from "../../../io/program-output.ts";
import { systemRandom } from "../../../io/random.ts";
import { type Problem, problem } from "../../../problem.ts";
import { createMask } from "../../../variables/mask.ts";
import { secretForms } from "../../../variables/secret-forms.ts";
import type { SecretValue } from "../../../variables/spot-secrets.ts";
import { worthFinding } from "../../../variables/worth-finding.ts";
import { searcher } from "../../leaks/needles.ts";
import { engineFault } from "../engine-fault.ts";
import { type LayerMemory, type PlacedLeak, searchSaved } from "./search-saved.ts";
import { TarError } from "./tar.ts";

export type SearchOrder = Readonly<{
  service: string;
  /** Of the image in the engine. */
  id: string;
  secrets: readonly SecretValue[];
  /** Absolute: the fleet's state folder, which remembers layers that were found clean. */
  state: string;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}>;

/** Increase when more is looked for. */
const FORMAT = 1;
const SHOWN = 20;
/** The engine's word on an image without a layer. */
const EMPTY = /empty export/i;

/** What is secret in a finished image, as problems that name the place and the variable, and never the value. */
export async function searchImage(order: SearchOrder): Promise<readonly Problem[]> {
  const needles = order.secrets.flatMap(({ name, value }) =>
    [...secretForms(value)]
      .filter((form) => worthFinding(form, value))
      .map((form) => ({ name, bytes: Buffer.from(form) })),
  );
  const find = {
    search: searcher(needles),
    longest: Math.max(1, ...needles.map(({ bytes }) => bytes.length)),
    signal: order.signal,
  };
  const saved = programOutput({ argv: ["docker", "image", "save", order.id], env: order.env, signal: order.signal });
  let leaks: readonly PlacedLeak[] = [];
  let cut: TarError | null = null;
  try {
    leaks = await searchSaved(saved.pieces, { find, memory: await memoryOf(order) });
  } catch (error) {
    order.signal.throwIfAborted();
    if (!(error instanceof TarError)) throw error;
    cut = error;
  }
  const { exitCode, failure, stderr } = await saved.ended;
  const about = { service: order.service, step: "searching its image for secrets" };
  if (exitCode !== 0 && EMPTY.test(stderr)) {
    const what = `${order.service}: its image is empty: its Dockerfile puts nothing into it`;
    return [problem("image-empty", what, "copy the program into it, or begin FROM an image that has one")];
  }
  if (exitCode !== 0) throw engineFault(about, { exitCode, failure, said: stderr });
  if (cut !== null)
    throw new StepFault({
      code: "image-unreadable",
      message: `${order.service}: its image cannot be read: ${cut.message}`,
    });
  const mask = createMask(order.secrets);
  const told = leaks.slice(0, SHOWN).map((leak) => leakProblem(order.service, leak, mask));
  const more = leaks.length - told.length;
  return more > 0 ? [...told, problem("secret-in-image", `${order.service}: ${more} more places hold secrets`)] : told;
}

function leakProblem(
  service: string,
  { what, file, line, layer }: PlacedLeak,
  mask: (text: string) => string,
): Problem {
  const found = what.kind === "value" ? `the value of ${what.name}` : `what looks like a secret (${what.rule})`;
  const made =
    layer === null || layer.madeBy === "" ? "" : ` (${mask(layer.madeBy).replaceAll(/\s+/g, " ").slice(0, 120)})`;
  const within = layer === null ? "" : `, layer ${layer.number} of ${layer.of}${made}`;
  const where = `${mask(file)}${line === null ? "" : `, line ${line}`}${within}`;
  return problem(
    "secret-in-image",
    `${service}: its image holds ${found}: ${where}`,
    "it was not pushed; keep the file out by .dockerignore or another COPY: a later layer does not take it away",
  );
}

/** The key is this machine's: a bare hash of the secrets could be guessed from. */
async function memoryOf({ state, secrets }: SearchOrder): Promise<LayerMemory> {
  const keyFile = join(state, "images", "search.key");
  let key = (await readTextIfThere(keyFile))?.trim() ?? "";
  if (!/^[0-9a-f]{64}$/.test(key)) {
    key = systemRandom.hex(32);
    writeDurably(keyFile, `${key}\n`);
  }
  const set = JSON.stringify([FORMAT, ...[...new Set(secrets.map(({ value }) => value))].sort()]);
  const folder = join(state, "images", "searched", hmacSha256(key, set).slice(0, 32));
  const fileOf = (name: string): string => join(folder, hmacSha256(key, name).slice(0, 40));
  return {
    knows: async (name) => (await readTextIfThere(fileOf(name)).catch(() => null)) !== null,
    keep: async (name) => {
      try {
        writeDurably(fileOf(name), "");
      } catch {
        // A full disk costs the next search some time, no more.
      }
    },
  };
}
