import { join, posix } from "node:path";
import type { Service } from "../fleet/fleet.ts";
import { readTextIfThere } from "../io/files.ts";
import type { Problem } from "../problem.ts";
import { parseExample } from "./example.ts";
import type { Declared } from "./variable.ts";

/** What a service's `.env.example` declares. `there` is false when it has none. */
export async function readExample(
  of: Readonly<{ root: string; service: Service }>,
): Promise<Readonly<{ there: boolean; declared: readonly Declared[]; problems: readonly Problem[] }>> {
  const file = posix.join(of.service.path, ".env.example");
  try {
    const text = await readTextIfThere(join(of.root, file));
    return text === null
      ? { there: false, declared: [], problems: [] }
      : { there: true, ...parseExample({ file, text }) };
  } catch {
    const unreadable = {
      code: "unreadable-file",
      file,
      line: null,
      column: null,
      message: `${file} cannot be read`,
      hint: null,
    };
    return { there: true, declared: [], problems: [unreadable] };
  }
}
