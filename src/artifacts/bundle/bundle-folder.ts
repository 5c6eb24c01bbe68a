import { join } from "node:path";

/** Of a build that has not come to its end, or of a bundle on its way out: never to be started. */
export const UNFINISHED = ".unfinished-";

export const bundlesOf = (state: string): string => join(state, "bundles");

/** `<state>/bundles/<service>/<64 hex>`. */
export function bundleFolder(of: Readonly<{ state: string; service: string; artifact: string }>): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(of.artifact)?.[1];
  if (hex === undefined || !/^[A-Za-z0-9][\w.-]*$/.test(of.service)) {
    throw new Error(`no bundle can be named ${JSON.stringify(of.service)} ${JSON.stringify(of.artifact)}`);
  }
  return join(bundlesOf(of.state), of.service, hex);
}
