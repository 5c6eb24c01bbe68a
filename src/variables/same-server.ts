import { type Place, samePlace } from "./place.ts";

/** What a host's name leads to, as far as it could be found out. */
export type HostFacts = Readonly<{
  /** Names that it is an alias of, in their order. */
  names: readonly string[];
  addresses: readonly string[];
}>;

/** By canonical name. */
export type Aliases = ReadonlyMap<string, HostFacts>;

/** Names that many servers of different people stand behind: having one in common says nothing. */
const GATEWAYS =
  /(?:^|\.)(?:neon\.tech|pooler\.supabase\.com|psdb\.cloud|upstash\.io|database\.windows\.net|database\.azure\.com|amazonaws\.com|cloudapp\.net|trafficmanager\.net|elb\.[a-z0-9-]+\.amazonaws\.com)$/;

const PRIVATE =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

type Address = Readonly<{ name: string; port: string }>;

const addressOf = (host: string): Address => {
  const at = host.lastIndexOf(":");
  return { name: host.slice(0, at).replace(/^\[|\]$/g, ""), port: host.slice(at + 1) };
};

/** Names worth resolving: two places that are one if these hosts are. Empty: whatever they resolve to, they are not, or are known to be. */
export function namesInDoubt(a: Place, b: Place): readonly string[] {
  if (samePlace(a, b) || !samePlace({ ...a, hosts: [] }, { ...b, hosts: [] })) return [];
  const pairs = pairsOf(a, b);
  return [...new Set(pairs.flatMap(([one, other]) => [one.name, other.name]))];
}

/** How two places whose hosts have different names are known to be one, in words; null: they are not. */
export function sameByAlias(a: Place, b: Place, aliases: Aliases): string | null {
  if (namesInDoubt(a, b).length === 0) return null;
  for (const [one, other] of pairsOf(a, b)) {
    const how = sameHost(one.name, other.name, aliases);
    if (how !== null) return how;
  }
  return null;
}

const pairsOf = (a: Place, b: Place): readonly (readonly [Address, Address])[] =>
  a.hosts.map(addressOf).flatMap((one) =>
    b.hosts
      .map(addressOf)
      .filter(({ port }) => port === one.port)
      .map((other) => [one, other] as const),
  );

function sameHost(a: string, b: string, aliases: Aliases): string | null {
  const [first, second] = [aliases.get(a), aliases.get(b)];
  if (first?.names.includes(b) === true) return `${a} is an alias of ${b}`;
  if (second?.names.includes(a) === true) return `${b} is an alias of ${a}`;
  const common = first?.names.find((name) => second?.names.includes(name) === true && !GATEWAYS.test(name));
  if (common !== undefined) return `${a} and ${b} are aliases of ${common}`;
  if (first?.addresses.includes(b) === true) return `${a} is ${b}`;
  if (second?.addresses.includes(a) === true) return `${b} is ${a}`;
  // One public address may serve many: providers put whole regions behind one.
  const shared = first?.addresses.find(
    (address) => PRIVATE.test(address) && second?.addresses.includes(address) === true,
  );
  return shared === undefined ? null : `${a} and ${b} are both ${shared}`;
}
