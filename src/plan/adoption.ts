import { type Problem, problem } from "../problem.ts";
import type { MigrationFile } from "./plan.ts";

export type AdoptionWish = Readonly<{
  service: string;
  /** In order of their numbers. */
  files: readonly MigrationFile[];
  applied: readonly MigrationFile[];
  /** What another tool's table says; null: there is none. */
  tool: Readonly<{
    tool: string;
    table: string;
    count: number;
    has: (file: MigrationFile) => boolean;
    unclear: string | null;
  }> | null;
  /** The last one that is applied, as a person says; null: nobody says. */
  through: string | null;
}>;

/** What is to be recorded as applied without being run. */
export type Adoption = Readonly<{ adopted: readonly MigrationFile[]; problems: readonly Problem[] }>;

/**
 * Takes over what was applied before Sampan came: by the other tool's own records, or up to a migration that a person names. What the records name and no
 * file stands for, or a gap in them, is refused: whoever adopts must know what is there.
 */
export function adoptionOf({ service, files, applied, tool, through }: AdoptionWish): Adoption {
  const refuse = (code: string, message: string, hint: string): Adoption => ({
    adopted: [],
    problems: [problem(code, `${service}: ${message}`, hint)],
  });
  const done = new Set(applied.map(({ name }) => name));
  const open = files.filter(({ name }) => !done.has(name));
  if (through !== null) {
    const at = files.findIndex(({ name }) => name === through || name.startsWith(`${through}_`));
    if (at < 0) return refuse("unknown-migration", `there is no migration ${through}`, "name one of its files");
    return { adopted: files.slice(0, at + 1).filter(({ name }) => !done.has(name)), problems: [] };
  }
  if (tool === null) {
    const hint = "if they were applied by hand, say up to which: `--through NAME`; else deploy, which runs them";
    return refuse("nothing-to-adopt", "no other tool's records are in this database", hint);
  }
  if (tool.unclear !== null)
    return refuse("records-unclear", `${tool.table}: ${tool.unclear}`, `put that right with ${tool.tool} first`);
  const known = files.filter((file) => tool.has(file));
  const last = files.findLastIndex((file) => tool.has(file));
  const gap = files.slice(0, Math.max(0, last)).find((file) => !tool.has(file) && !done.has(file.name));
  if (gap !== undefined) {
    const hint = `apply it with ${tool.tool}, or say up to which all are: \`--through NAME\``;
    return refuse("records-gap", `${tool.table} has later migrations than ${gap.name}, and not that one`, hint);
  }
  if (tool.count > known.length && tool.tool !== "golang-migrate") {
    const hint = "bring the files back, or say up to which all are applied: `--through NAME`";
    return refuse(
      "records-beyond",
      `${tool.table} names ${tool.count} migrations, and ${known.length} of them have files`,
      hint,
    );
  }
  return { adopted: open.filter((file) => tool.has(file)), problems: [] };
}
