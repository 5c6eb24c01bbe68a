/** The content of the one map: a key, a space, a word. Read from `show map` it has an address before each line. */
export type MapEntries = ReadonlyMap<string, string>;

/** How many entries there are, itself left out: what was cut off shows. */
const COUNT_KEY = "count";

export function mapText(entries: MapEntries): string {
  return [...counted(entries)].map(([key, value]) => `${key} ${value}\n`).join("");
}

export const counted = (entries: MapEntries): MapEntries => new Map([...entries, [COUNT_KEY, String(entries.size)]]);

/** Null when it is not whole. `prefixed`: each line begins with where it lies in HAProxy's memory. */
export function parseMap(text: string, prefixed: boolean): MapEntries | null {
  const entries = new Map<string, string>();
  for (const line of text.split("\n")) {
    const words = line.split(" ");
    const [key, value] = prefixed ? words.slice(1) : words;
    if (prefixed ? !line.startsWith("0x") : line === "") continue;
    if (key === undefined || value === undefined) return null;
    entries.set(key, value);
  }
  const count = entries.get(COUNT_KEY);
  entries.delete(COUNT_KEY);
  return count === String(entries.size) ? entries : null;
}
