import { posix } from "node:path";
import type { Service } from "../fleet/fleet.ts";
import type { Problem } from "../problem.ts";
import { isGiven } from "../variables/given.ts";
import type { Declared } from "../variables/variable.ts";
import type { CheckCache } from "./cache.ts";
import { type Found, inconclusive, judged } from "./check.ts";
import { checkOnce } from "./check-once.ts";
import type { CodeRead, CodeReads } from "./code/read.ts";
import type { SourceFile } from "./sources.ts";

const CODE = /\.(?:[cm]?[jt]sx?|py|go)$/;
const NOT_RUN =
  /(^|\/)(node_modules|dist|build|coverage|tests?|__tests__|__mocks__|e2e|fixtures|examples?|scripts|bench|vendor)\/|\.(test|spec|bench|stories)\.[^/]+$|\.d\.[cm]?ts$|(^|\/)(testing|conftest|test_[^/]*|[^/]*_test)\.[^/]+$|\.config\.[cm]?[jt]s$/;

/** Code that runs in the service: not its tests, its build and its tools. */
export const isServiceCode = (path: string): boolean => CODE.test(path) && !NOT_RUN.test(path);

/** Vite's own names on import.meta.env. */
const VITE = new Set(["MODE", "DEV", "PROD", "SSR", "BASE_URL"]);

/** The same code against the same names needs no second look. */
export async function checkDeclaredOnce(
  of: Readonly<{
    service: Service;
    artifact: string;
    declared: readonly Declared[];
    cache: CheckCache;
    look: () => Promise<Found>;
  }>,
): Promise<Found & Readonly<{ known: boolean }>> {
  const { name, path, migrations } = of.service;
  const names = of.declared.map((entry) => entry.name);
  const key = `declared-1 ${of.artifact} ${JSON.stringify([name, path, migrations?.url ?? null, names])}`;
  return checkOnce({ key, cache: of.cache, look: of.look });
}

/** Is every variable that the service's code reads named in its `.env.example`? */
export function checkDeclared(
  of: Readonly<{
    service: Service;
    declared: readonly Declared[];
    files: readonly SourceFile[];
    readsIn: (file: SourceFile) => CodeReads;
  }>,
): Found {
  const read = of.files.map((file) => ({ file, found: of.readsIn(file) }));
  const known = new Set(of.declared.map((entry) => entry.name));
  const reads = allReads(read.map(({ found }) => found));
  const example = posix.join(of.service.path, ".env.example");
  const problems: Problem[] = unique(reads)
    .filter(({ name }) => !known.has(name) && !isGiven(name) && !VITE.has(name) && name !== of.service.migrations?.url)
    .map(({ name, file, line, column }) => ({
      code: "undeclared-read",
      file,
      line,
      column,
      message: `${of.service.name} reads ${name}, which is not in ${example}`,
      hint: `Add ${name}= to ${example}, with "# optional" if it may be missing`,
    }));
  const unread = read.filter(({ found }) => !found.understood).map(({ file }) => file.path);
  const dynamic = read.flatMap(({ found }) => found.dynamic);
  const unknown =
    dynamic.length === 0 ? "" : `; names only known at run time: ${dynamic.slice(0, 5).map(at).join(", ")}`;
  const evidence = `${of.files.length} files read, ${new Set(reads.map(({ name }) => name)).size} variables, ${problems.length} not in ${example}${unknown}`;
  if (problems.length > 0 || unread.length === 0) return judged(evidence, problems);
  return inconclusive(
    evidence,
    unread.map((file) => ({
      code: "unreadable-code",
      file,
      line: null,
      column: null,
      message: `${file} could not be parsed, so what it reads is not known`,
      hint: "Correct its syntax",
    })),
  );
}

const at = (place: Readonly<{ file: string; line: number }>): string => `${place.file}:${place.line}`;

/** With what is read through a function that is told the name, wherever that function stands. */
function allReads(files: readonly CodeReads[]): readonly CodeRead[] {
  const readers = new Set(files.flatMap((file) => file.readers.map(({ name, parameter }) => `${name} ${parameter}`)));
  const told = files.flatMap((file) =>
    file.calls.filter(({ callee, argument }) => readers.has(`${callee} ${argument}`)),
  );
  return [...files.flatMap((file) => file.reads), ...told.map(({ read }) => read)];
}

/** The first place of each name. */
function unique(reads: readonly CodeRead[]): readonly CodeRead[] {
  const first = new Map<string, CodeRead>();
  for (const read of reads) if (!first.has(read.name)) first.set(read.name, read);
  return [...first.values()];
}
