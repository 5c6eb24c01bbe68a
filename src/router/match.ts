import type { RouterTable } from "./router.ts";

/** Finds the service of a request: its host first, then the longest prefix of its path. */
export type Matcher = (request: Readonly<{ host: string; path: string }>) => string | null;

export function matcherOf(table: RouterTable): Matcher {
  const hosts = new Map<string, string>();
  const prefixes: { prefix: string; service: string }[] = [];
  for (const { service, match } of table.services) {
    for (const route of match) {
      if (route.kind === "host") hosts.set(route.host.toLowerCase(), service);
      else prefixes.push({ prefix: route.prefix.replace(/\/+$/, ""), service });
    }
  }
  prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  return ({ host, path }) => {
    const named = hosts.get(hostname(host));
    if (named !== undefined) return named;
    return prefixes.find(({ prefix }) => covers(prefix, path))?.service ?? null;
  };
}

/** `/v1/articles` covers itself and what is below it, not `/v1/articles-of-others`. */
function covers(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return next === undefined || next === "/" || next === "?";
}

/** Without the port; an IPv6 address keeps its brackets. */
const hostname = (host: string): string => host.toLowerCase().replace(/:\d+$/, "");
