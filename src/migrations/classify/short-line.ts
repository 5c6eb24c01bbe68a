const LONGEST = 100;

/** The first line of a statement, without the spaces that only lay it out. */
export function shortLine(text: string): string {
  const [line = "", ...rest] = text.trim().split("\n");
  const short = [...line.trim()];
  if (short.length > LONGEST) return `${short.slice(0, LONGEST - 1).join("")}…`;
  return rest.some((one) => one.trim() !== "") ? `${short.join("")} …` : short.join("");
}
