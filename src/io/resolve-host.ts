import { lookup, Resolver } from "node:dns/promises";

/** Steps from alias to alias; a circle of them ends here. */
const MOST_STEPS = 8;

export type ResolvedHost = Readonly<{ names: readonly string[]; addresses: readonly string[] }>;

/**
 * What a host's name stands for: its aliases by DNS, its addresses by the system's own way (the hosts file among it). What cannot be found out
 * within `timeout` milliseconds is left out: a name that does not resolve here is no fault.
 */
export async function resolveHost(host: string, timeout: number): Promise<ResolvedHost> {
  const resolver = new Resolver({ timeout, tries: 1 });
  const late = new Promise<null>((resolve) => void setTimeout(resolve, timeout, null).unref());
  const aliases: string[] = [];
  const follow = async (): Promise<void> => {
    for (let at = host; aliases.length < MOST_STEPS; ) {
      const [next] = await resolver.resolveCname(at).catch((): string[] => []);
      if (next === undefined) return;
      at = next.toLowerCase().replace(/\.$/, "");
      aliases.push(at);
    }
  };
  const addresses = lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );
  const [, found] = await Promise.all([Promise.race([follow(), late]), Promise.race([addresses, late])]);
  resolver.cancel();
  return { names: [...aliases], addresses: found ?? [] };
}
