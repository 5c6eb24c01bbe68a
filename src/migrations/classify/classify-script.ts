import type { Catalog } from "../catalog/catalog.ts";
import { classifyFiles } from "./classify-files.ts";
import type { FileVerdict } from "./verdict.ts";

/** One SQL file by itself, by its text alone or with the database's catalog as it is before the file. */
export async function classifyScript(
  input: Readonly<{ file: string; sql: string; direction: "up" | "down"; catalog: Catalog | null }>,
): Promise<FileVerdict> {
  const { catalog, ...script } = input;
  const [verdict] = await classifyFiles([{ ...script, transaction: true }], { catalog, release: "all" });
  if (verdict === undefined) throw new Error("one file has one verdict");
  return verdict;
}
