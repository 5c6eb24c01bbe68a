import type { Catalog } from "./catalog.ts";

/**
 * The same schema with some roles under other names, in lists that are sorted by them as well: two environments that differ in nothing but how their
 * roles are called become one. What is text (the body of a function, the condition of a policy) stays as it is.
 */
export function byPurpose(catalog: Catalog, purposes: ReadonlyMap<string, string>): Catalog {
  const role = (name: string): string => purposes.get(name) ?? name;
  const grant = (entry: string): string => {
    const end = entry.lastIndexOf("=");
    return `${role(entry.slice(0, end))}${entry.slice(end)}`;
  };
  const rename = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) {
      if (key === "acl") return value.map((entry) => grant(String(entry))).sort();
      if (key === "memberOf" || key === "roles") return value.map((name) => role(String(name))).sort();
      return value.map((item) => rename(item, ""));
    }
    if (key === "owner") return role(String(value));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, rename(inner, name)]));
  };
  const { defaultAcls, roles, ...rest } = catalog;
  const entries = Object.entries(defaultAcls).map(([key, acl]): [string, readonly string[]] => {
    const [quoted = ""] = /^(?:"(?:[^"]|"")*"|\S+)(?= )/.exec(key) ?? [];
    const name = quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted;
    return [`${role(name)}${key.slice(quoted.length)}`, acl.map(grant).sort()];
  });
  // What is named by people, a table for one, may be called like a part of the catalog: each kind is entered by itself.
  const renamed = Object.fromEntries(
    Object.entries(rest).map(([kind, all]) => [
      kind,
      kind === "database" || typeof all !== "object" || Array.isArray(all)
        ? rename(all, "")
        : Object.fromEntries(Object.entries(all).map(([name, one]) => [name, rename(one, "")])),
    ]),
  );
  return {
    ...(renamed as unknown as typeof rest),
    defaultAcls: Object.fromEntries(entries),
    roles: Object.fromEntries(Object.entries(roles).map(([name, one]) => [role(name), rename(one, "") as typeof one])),
  };
}
