import { dirname, resolve } from "node:path";
import { readBytesIfThere } from "../io/read-bytes.ts";
import type { Problem } from "../problem.ts";
import { discover } from "./discover.ts";
import type { Found } from "./found.ts";
import { tidyPath } from "./normalise.ts";
import { type FleetResult, finishFleet } from "./parse-fleet.ts";
import { MAX_BYTES, type ParsedYaml, parseYaml, tooLarge } from "./parse-yaml.ts";
import { treeAt } from "./yaml-tree.ts";

/**
 * Reads sampan.yaml: the fleet with every default resolved, or all that is wrong with it. Without `found`, the repository is looked
 * at first. Never throws for what is in the file, or for a file that cannot be read.
 */
export async function readFleet(path: string, found?: Found): Promise<FleetResult> {
  const file = resolve(path);
  const root = dirname(file);
  const read = await readText(file);
  if ("problems" in read) return read;
  const parsed = parseYaml(read.text, file);
  if (parsed.tree === null) return { problems: parsed.problems };
  return finishFleet({ text: read.text, file, root }, parsed, found ?? (await discover(root, mentioned(parsed))));
}

/** The folders that the file names, and whether there are services for which it names none. */
function mentioned(parsed: ParsedYaml): Readonly<{ paths: readonly string[]; search: boolean }> {
  const services = (parsed.tree === null ? null : treeAt(parsed.tree, ["services"]))?.keys;
  const paths = [...(services?.values() ?? [])].map(({ tree }) => treeAt(tree, ["path"])?.value);
  return {
    paths: paths.filter((path): path is string => typeof path === "string").map(tidyPath),
    search: paths.some((path) => path === undefined),
  };
}

async function readText(file: string): Promise<{ text: string } | { problems: readonly Problem[] }> {
  const refuse = (code: string, message: string, hint: string | null) => ({
    problems: [{ code, file, line: null, column: null, message, hint }],
  });
  try {
    const bytes = await readBytesIfThere(file, MAX_BYTES + 1);
    if (bytes === null) {
      return refuse("no-fleet-file", "there is no fleet file here", "write one with: sampan init");
    }
    if (bytes.length > MAX_BYTES) return { problems: [tooLarge(file)] };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return refuse("not-utf8", "the fleet file is not UTF-8 text", "save it as UTF-8");
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "") throw error;
    return refuse(
      "fleet-file-unreadable",
      `the fleet file cannot be read (${code})`,
      "it must be a file that you may read",
    );
  }
}
