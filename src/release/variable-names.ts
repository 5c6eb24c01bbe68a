import type { Configuration } from "./configuration.ts";

/** No build and no test sees a variable of the environment that it is for. */
export const variableNames = (configuration: Configuration): ReadonlySet<string> =>
  new Set([...configuration.services.values()].flatMap(({ all }) => all.variables.map(({ name }) => name)));
