import type pg from "pg";
import type { Catalog, Role } from "../../catalog/catalog.ts";
import { ident, literal } from "./quote.ts";

/**
 * The statements that give a scratch server the roles of a catalog: what they may, what they are members of and how their sessions
 * are set, with a password that is not theirs. Roles that are there already are made the same. Pure.
 */
export function roleStatements(
  roles: Catalog["roles"],
  given: Readonly<{ superuser: string; password: string; there: ReadonlySet<string> }>,
): readonly string[] {
  const own = Object.entries(roles).filter(([name]) => name !== given.superuser);
  const made = own.flatMap(([name, role]) => {
    const verb = given.there.has(name) ? "alter" : "create";
    const words = attributes(role).join(" ");
    return [
      `${verb} role ${ident(name)} ${words} password ${literal(given.password)}`,
      `alter role ${ident(name)} reset all`,
      ...role.settings.map((setting) => `alter role ${ident(name)} set ${assignment(setting)}`),
    ];
  });
  const member = own.flatMap(([name, { memberOf }]) =>
    memberOf.filter((group) => group !== given.superuser).map((group) => `grant ${ident(group)} to ${ident(name)}`),
  );
  return [...made, ...member];
}

/** No scratch role is a superuser by mistake: only who is one in the environment. */
const attributes = (role: Role): readonly string[] =>
  (
    [
      ["login", role.login],
      ["inherit", role.inherit],
      ["superuser", role.superuser],
      ["createdb", role.createDatabase],
      ["createrole", role.createRole],
      ["bypassrls", role.bypassRowSecurity],
    ] as const
  ).map(([word, yes]) => (yes ? word : `no${word}`));

/** Settings that are lists keep the quotes that they come with. */
const LISTS = new Set([
  "search_path",
  "temp_tablespaces",
  "session_preload_libraries",
  "local_preload_libraries",
  "datestyle",
]);

function assignment(setting: string): string {
  const at = setting.indexOf("=");
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  if (LISTS.has(name.toLowerCase())) return `${name} = ${value === "" ? "''" : value}`;
  return `${name.split(".").map(ident).join(".")} = ${literal(value)}`;
}

/** What runs before it on this server is another environment's: its roles are made this one's, memberships included. */
export async function makeRoles(
  client: pg.Client,
  roles: Catalog["roles"],
  given: Readonly<{ superuser: string; password: string }>,
): Promise<void> {
  const { rows } = await client.query<{ name: string; groups: string[] }>(
    `select rolname::text as name, array(select pg_get_userbyid(roleid)::text from pg_auth_members m where m.member = r.oid) as groups
     from pg_roles r where rolname !~ '^pg_'`,
  );
  const left = rows
    .filter(({ name }) => name !== given.superuser && roles[name] !== undefined)
    .flatMap(({ name, groups }) => groups.map((group) => `revoke ${ident(group)} from ${ident(name)}`));
  const there = new Set(rows.map(({ name }) => name));
  const statements = [...left, ...roleStatements(roles, { ...given, there })];
  if (statements.length > 0) await client.query(statements.join(";\n"));
}
