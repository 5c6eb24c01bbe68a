import { fileURLToPath } from "node:url";

const SOURCES = {
  main: "../cli/main.ts",
  agent: "../agent/main.ts",
  router: "../router/builtin/main.ts",
  load: "../load/worker.ts",
} as const;

/**
 * Absolute path of a program that is started as a process of its own: beside this file in the published package, its source
 * where Sampan runs from a checkout.
 */
export function programEntry(name: keyof typeof SOURCES): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith(".ts") ? SOURCES[name] : `./${name}.js`, here));
}
