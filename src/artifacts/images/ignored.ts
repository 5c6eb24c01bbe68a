/**
 * Is a path kept out of the context by `.dockerignore`? Only what is sure: plain paths, names at any depth, and ends of names. A
 * file with exceptions, or with any other pattern, keeps less out than it does in truth, and so more counts.
 */
export function ignoredBy(dockerignore: string): (path: string) => boolean {
  const lines = dockerignore.split(/\r?\n/).map((line) => line.trim());
  const patterns = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/^\/+|\/+$/g, ""));
  if (patterns.some((pattern) => pattern.startsWith("!"))) return () => false;
  const plain = patterns
    .filter((pattern) => /^[^*?[\\]+$/.test(pattern))
    .map((pattern) => pattern.replace(/^\.\//, ""));
  const names = new Set(patterns.flatMap((pattern) => /^\*\*\/([^*?[\\/]+)$/.exec(pattern)?.[1] ?? []));
  const ends = patterns.flatMap((pattern) => /^\*\*\/\*([^*?[\\/]+)$/.exec(pattern)?.[1] ?? []);
  return (path) =>
    plain.some((one) => path === one || path.startsWith(`${one}/`)) ||
    path.split("/").some((part) => names.has(part)) ||
    ends.some((end) => path.endsWith(end));
}
