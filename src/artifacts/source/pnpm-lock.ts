/**
 * pnpm-lock.yaml cut into the texts of its entries. pnpm writes it in one regular form, so lines and their indentation
 * say enough; a YAML parser would take most of a second for a large one.
 */
export type PnpmLock = Readonly<{
  /** All that concerns every importer: settings, overrides, patches. */
  common: string;
  importers: ReadonlyMap<string, string>;
  packages: ReadonlyMap<string, string>;
  snapshots: ReadonlyMap<string, string>;
}>;

/** Specifiers of a catalog: what an importer takes of it stands in the importer's own entry, with its version. */
const LEFT_OUT = new Set(["catalogs"]);

/** Null for anything that is not of the form known here: then the whole file is what a service depends on. */
export function slicePnpmLock(text: string): PnpmLock | null {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  if (!/^lockfileVersion: '?9\.\d+'?$/.test(lines[0] ?? "")) return null;
  const sections = {
    importers: new Map<string, string>(),
    packages: new Map<string, string>(),
    snapshots: new Map<string, string>(),
  };
  const common: string[] = [];
  let section = "";
  let key: string | null = null;
  for (const line of lines) {
    if (line === "") continue;
    if (!line.startsWith(" ")) {
      const top = /^([A-Za-z]+):/.exec(line)?.[1];
      if (top === undefined) return null;
      section = top;
      key = null;
    }
    const entries = section in sections ? sections[section as keyof typeof sections] : null;
    if (entries === null) {
      if (!LEFT_OUT.has(section)) common.push(line);
    } else if (line.startsWith("   ")) {
      if (key === null) return null;
      entries.set(key, `${entries.get(key) ?? ""}\n${line}`);
    } else if (line.startsWith("  ")) {
      key = keyOf(line.trim());
      if (key === null || entries.has(key)) return null;
      entries.set(key, line);
    } else if (line !== `${section}:`) return null;
  }
  return { common: common.join("\n"), ...sections };
}

/** `'@scope/name@1.0.0':` or `name@1.0.0: {}`. */
function keyOf(line: string): string | null {
  const found = /^(?:'((?:[^']|'')+)'|([^'"?\s][^\s]*)):(?: \{\})?$/.exec(line);
  return found === null ? null : (found[2] ?? found[1]?.replaceAll("''", "'") ?? null);
}
