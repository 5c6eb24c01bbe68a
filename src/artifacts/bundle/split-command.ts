/**
 * A package's `start` script as an argv, or null when only a shell could run it: pipes, substitutions, assignments,
 * globs. Quotes and backslashes mean what they mean to a shell.
 */
export function splitCommand(text: string): readonly [string, ...string[]] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let place = 0; place < text.length; place++) {
    const character = text.charAt(place);
    if (quote === "'") {
      if (character === "'") quote = "";
      else word += character;
    } else if (character === "\\") {
      place++;
      const next = text.charAt(place);
      if (next === "" || next === "\n") return null;
      word = `${word ?? ""}${quote === '"' && !'"\\$`'.includes(next) ? "\\" : ""}${next}`;
    } else if (quote === '"') {
      if (character === '"') quote = "";
      else if (character === "$" || character === "`") return null;
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === " " || character === "\t") {
      if (word !== null) words.push(word);
      word = null;
    } else if ("|&;<>()$`*?[]{}~!#\n\r".includes(character)) return null;
    else word = `${word ?? ""}${character}`;
  }
  if (quote !== "") return null;
  if (word !== null) words.push(word);
  const [first, ...rest] = words;
  return first === undefined || first === "" || /^[A-Za-z_]\w*=/.test(first) ? null : [first, ...rest];
}
