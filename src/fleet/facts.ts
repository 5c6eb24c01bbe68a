import type { FoundPackage } from "./found.ts";

/** What the files of a folder say; pure, and lenient: a file that cannot be understood says nothing. */

export function packageOf(text: string | null): FoundPackage | null {
  const manifest = text === null ? null : json(text);
  if (typeof manifest !== "object" || manifest === null) return null;
  const { name, scripts, dependencies, devDependencies } = manifest as Readonly<Record<string, unknown>>;
  return {
    name: typeof name === "string" ? name : "",
    scripts: texts(scripts),
    dependencies: [...new Set([...Object.keys(texts(dependencies)), ...Object.keys(texts(devDependencies))])],
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return null;
  }
}

function texts(value: unknown): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null);
  if (typeof value !== "object" || value === null) return record;
  for (const [key, text] of Object.entries(value))
    if (typeof text === "string" && key !== "__proto__") record[key] = text;
  return record;
}

/** TCP ports that the last stage of a Dockerfile exposes. */
export function exposedPorts(dockerfile: string): readonly number[] {
  const lines = dockerfile.replace(/\\\r?\n/g, " ").split(/\r?\n/);
  const stage = lines.findLastIndex((line) => /^\s*FROM\s/i.test(line));
  const words = lines
    .slice(stage + 1)
    .flatMap((line) => /^\s*EXPOSE\s+(.*)$/i.exec(line)?.[1]?.trim().split(/\s+/) ?? []);
  const ports = words.filter((word) => /^\d+(?:\/tcp)?$/.test(word)).map((word) => Number.parseInt(word, 10));
  return [...new Set(ports)].filter((port) => port >= 1 && port <= 65_535);
}

/** Names that a dotenv file sets, in its order. */
export function variableNames(dotenv: string): readonly string[] {
  const names = dotenv.split(/\r?\n/).map((line) => /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}
