import type { SourceFacts } from "./facts.ts";

export type SourceFile = Readonly<{ path: string; text: string }>;

const LISTENS =
  /(?:\.listen\s*\(|\blisten\s*\(\s*\{|\bcreateServer\s*\(|\bserve\s*\(\s*[{a-z]|\bBun\.serve\b|ListenAndServe|uvicorn\.run)/;
const PORT = /\bPORT\b/;

/** Quoted paths that end in a word for "I am well". */
const HEALTH =
  /["'`](\/(?:[a-z0-9_-]+\/){0,3}(?:health|healthz|healthcheck|health-check|livez|live|readyz|ready|ping|status))["'`]/g;
/** Nest names a controller without the slash. */
const NEST = /@Controller\(\s*["'`]\/?(health|healthz)["'`]\s*\)/g;

/** Reads code as text: a guess with a place, which a person can look at. */
export function sourceFacts(files: readonly SourceFile[]): SourceFacts {
  let listens: string | null = null;
  let readsPort = false;
  const health = new Set<string>();
  for (const { path, text } of files) {
    const at: RegExpExecArray | null = listens === null ? LISTENS.exec(text) : null;
    if (at !== null) listens = `${path}:${text.slice(0, at.index).split("\n").length}`;
    readsPort ||= PORT.test(text);
    for (const [, word] of text.matchAll(HEALTH)) if (word !== undefined) health.add(word);
    for (const [, word] of text.matchAll(NEST)) if (word !== undefined) health.add(`/${word}`);
  }
  return { listens, health: likeliest([...health]), readsPort };
}

const ORDER = [
  "health",
  "healthz",
  "healthcheck",
  "health-check",
  "livez",
  "live",
  "readyz",
  "ready",
  "status",
  "ping",
];

/** Short paths first, and health before readiness before the rest. */
export const likeliest = (paths: readonly string[]): readonly string[] =>
  paths.toSorted((a, b) => rank(a) - rank(b) || a.length - b.length || (a < b ? -1 : 1));

const rank = (path: string): number => {
  const at = ORDER.indexOf(path.split("/").at(-1) ?? "");
  return at < 0 ? ORDER.length : at;
};

export const isHealthPath = (path: string): boolean => rank(path) < ORDER.length;

/** argv of the last CMD (after an ENTRYPOINT in list form) of a Dockerfile's last stage; null where a shell would be needed. */
export function dockerCommand(dockerfile: string): readonly string[] | null {
  const lines = dockerfile.replace(/\\\r?\n/g, " ").split(/\r?\n/);
  const stage = lines.slice(lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)) + 1);
  const last = (word: string) => {
    const line = stage.findLast((one) => new RegExp(`^\\s*${word}\\s`, "i").test(one));
    return line === undefined ? [] : words(line.trim().slice(word.length));
  };
  const [entry, command] = [last("ENTRYPOINT"), last("CMD")];
  if (entry === null || command === null) return null;
  const argv = [...entry, ...command];
  return argv.length > 0 ? argv : null;
}

function words(text: string): readonly string[] | null {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === "string") ? list : null;
  } catch {
    return null;
  }
}
