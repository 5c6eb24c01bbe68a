/** What `WWW-Authenticate` asks for. */
export type Challenge = Readonly<
  | { kind: "basic" }
  | { kind: "bearer"; realm: string; service: string | null; scope: string | null }
  | { kind: "unknown" }
>;

/** RFC 9110: a scheme and its parameters, of which the values may be quoted. */
export function parseChallenge(header: string): Challenge {
  const [, scheme = "", rest = ""] = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header) ?? [];
  if (/^basic$/i.test(scheme)) return { kind: "basic" };
  if (!/^bearer$/i.test(scheme)) return { kind: "unknown" };
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain] of rest.matchAll(/([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    parameters.set(name.toLowerCase(), quoted === undefined ? (plain ?? "") : quoted.replaceAll(/\\(.)/g, "$1"));
  }
  const realm = parameters.get("realm");
  if (realm === undefined || !/^https?:\/\//.test(realm)) return { kind: "unknown" };
  return { kind: "bearer", realm, service: parameters.get("service") ?? null, scope: parameters.get("scope") ?? null };
}
