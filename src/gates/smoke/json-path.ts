/** Stands for "nothing there", which no JSON value is. */
export const ABSENT: unique symbol = Symbol("absent");

const PART = /^(?:\.?([^.[\]"']+)|\[(\d+)\]|\[(?:"([^"]*)"|'([^']*)')\])/;

/** `items[0].id`, `$.items[0].id`, `["odd key"].x`, `items.length` → the value there, or ABSENT (also for a path that cannot be read). */
export function atJsonPath(document: unknown, path: string): unknown {
  let value = document;
  let rest = path.startsWith("$") ? path.slice(1) : path;
  while (rest !== "") {
    const part = PART.exec(rest);
    if (part === null) return ABSENT;
    rest = rest.slice(part[0].length);
    const key = part[1] ?? part[2] ?? part[3] ?? part[4] ?? "";
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return ABSENT;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
