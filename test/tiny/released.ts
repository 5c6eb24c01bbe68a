import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import type { TinyFleet } from "./tiny-fleet.ts";

export type Released = Readonly<{ code: number | null; document: ReleaseDocument; codes: readonly string[] }>;

/** A command that releases, and what came of it; `env` on top of the fleet's. */
export async function released(
  fleet: TinyFleet,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Released> {
  const ran = await sampan([...args, "--json"], { cwd: fleet.root, env: { ...fleet.env, ...env } });
  const document = ran.json() as ReleaseDocument;
  return { code: ran.code, document, codes: document.problems.map(({ code }) => code) };
}
