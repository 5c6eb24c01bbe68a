import type { Finding } from "./issues.ts";
import { treeAt, type YamlTree } from "./yaml-tree.ts";

const ADDRESS = /^postgres(?:ql)?:\/\//i;

/** What of libpq's parameters a store's address may have. */
const PARAMETERS = ["host", "sslmode", "sslrootcert", "sslcert", "sslkey"];

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

const HOW =
  "give it in PGPASSWORD or ~/.pgpass, or name a variable that holds the whole address: store: { url: VARIABLE }";

/** What is wrong with the address of a store in PostgreSQL, before the rest of the file is looked at. No message shows it. */
export function checkStore(tree: YamlTree): readonly Finding[] {
  const value = treeAt(tree, ["store"])?.value;
  if (typeof value !== "string" || !ADDRESS.test(value)) return [];
  const finding = (code: string, message: string, hint: string | null): readonly Finding[] => [
    { path: ["store"], at: "value", code, message: `store: ${message}`, hint },
  ];
  // Looked for in the text: what holds a password need not be a right URL.
  const userinfo = /^[a-z]+:\/\/([^?]*)@/i.exec(value)?.[1] ?? "";
  if (/:./.test(userinfo) || /[?&](?:ssl)?password=/i.test(value)) {
    return finding("password-in-file", "a password stands in a file that is committed", HOW);
  }
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || url.hash !== "" || !/^\/[^/]+$/.test(url.pathname) || url.hostname.includes(",")) {
    const like = "postgres://sampan@db.example/sampan";
    return finding("bad-value", `expected an address such as ${like}, with one host and a database`, null);
  }
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) {
    const hint = `known here: ${PARAMETERS.join(", ")}`;
    return finding("bad-value", `${JSON.stringify(unknown.slice(0, 40))} is no parameter of a store's address`, hint);
  }
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !MODES.includes(mode))
    return finding("bad-value", `sslmode is one of ${MODES.join(", ")}`, null);
  return [];
}
