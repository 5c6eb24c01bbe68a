export type CanonicalHost = Readonly<{ name: string; local: boolean }>;

const LOCAL =
  /^(localhost|localhost\.localdomain|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]+\])$/;

/** Lower case, punycode, numbers as the URL standard writes them; every name of this machine is `localhost`. */
export function canonicalHost(host: string): CanonicalHost {
  const bare = host.trim().replace(/\.$/, "");
  if (bare === "") return { name: "localhost", local: true };
  const bracketed = bare.includes(":") && !bare.startsWith("[") ? `[${bare}]` : bare;
  const name = URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`).hostname : bare.toLowerCase();
  if (LOCAL.test(name)) return { name: "localhost", local: true };
  // The same server under the names of its connection pool and of its reading replicas.
  const server = name
    .replace(/^([a-z0-9-]+)-pooler(\..*\.neon\.tech)$/, "$1$2")
    .replace(/\.cluster-ro-(.*\.rds\.amazonaws\.com)$/, ".cluster-$1");
  return { name: server, local: false };
}

/** `a:1,b,[::1]:2` → canonical `host:port`s. */
export function canonicalHosts(list: string, port: number): Readonly<{ hosts: readonly string[]; local: boolean }> {
  const found = list.split(",").map((entry) => {
    const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry.trim());
    const host = canonicalHost(match === null ? entry : (match[1] ?? ""));
    return { ...host, port: match?.[2] === undefined ? port : Number(match[2]) };
  });
  const hosts = found.map((host) => `${host.name}:${host.port}`);
  return { hosts: [...new Set(hosts)].sort(), local: found.every((host) => host.local) };
}
