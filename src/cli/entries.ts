import { fileURLToPath } from "node:url";

/**
 * Absolute path of a program that is started as a process of its own: beside this file in the published package, its source
 * where Sampan runs from a checkout.
 */
export function programEntry(name: "agent" | "router"): string {
  const here = import.meta.url;
  if (!here.endsWith(".ts")) return fileURLToPath(new URL(`./${name}.js`, here));
  return fileURLToPath(new URL(name === "agent" ? "../agent/main.ts" : "../router/builtin/main.ts", here));
}
