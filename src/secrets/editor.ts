/**
 * The words of `$VISUAL`, else `$EDITOR`, else vi: `code --wait`, `"/opt/my editor/bin/ed" -x`. No shell reads them.
 */
export function editorWords(env: Readonly<Record<string, string | undefined>>): readonly [string, ...string[]] {
  const chosen = [env.VISUAL, env.EDITOR].find((text) => text !== undefined && text.trim() !== "") ?? "vi";
  const words = [...chosen.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
  const [program = "vi", ...rest] = words;
  return [program, ...rest, ...silent(program)];
}

/** What keeps an editor from copying the text to places of its own: swap, undo and backup files, registers. */
function silent(program: string): readonly string[] {
  const name = program.split("/").at(-1) ?? "";
  if (name !== "vim" && name !== "nvim") return [];
  return ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile"];
}
