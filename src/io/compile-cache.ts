import { dirname } from "node:path";

const { flushCompileCache, getCompileCacheDir } = process.getBuiltinModule("node:module");

/** For the environment of another program of Sampan: it keeps what Node compiles where this one does, if this one does. */
export function compileCache(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir();
  // Node keeps a folder for each of its versions in the one that is named.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** Keeps now what is compiled by now: a program that goes on for months would do so at its end, or never. */
export const keepCompiled = (): void => flushCompileCache();
