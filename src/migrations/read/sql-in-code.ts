import { parseSync } from "oxc-parser";
import {
  bare,
  identifier,
  keyName,
  literal,
  type Node,
  nodeAt,
  nodesAt,
  propertyName,
} from "../../javascript/estree.ts";

/** One way of a migration that is written as code; `absent`: it says that there is none. */
export type CodeWay = Readonly<
  | { kind: "sql"; sql: string; transaction: boolean }
  /** It does more than to run SQL that is written out. */
  | { kind: "code" }
  | { kind: "absent" }
>;

/** Where SQL is given to node-pg-migrate's `pgm` and to `knex` as a text: `pgm.sql(…)`, `knex.raw(…)`, `knex.schema.raw(…)`. */
const RUNS = new Set(["sql", "raw"]);

/**
 * The SQL of a migration of node-pg-migrate or Knex, where a way is nothing but texts that are given to the database one after the other. It keeps
 * its lines and columns, so that places stay true. Null: it is no such code.
 */
export function sqlInCode(file: string, text: string): Readonly<{ up: CodeWay; down: CodeWay }> | null {
  const { program, errors } = parseSync(file, text, { astType: "ts" });
  if (errors.length > 0) return null;
  const ways = exportsOf(program as unknown as Node);
  const up = ways.get("up");
  if (up === undefined) return null;
  const alone = isFalse(propertyOf(ways.get("config") ?? null, "transaction"));
  const way = (node: Node | undefined): CodeWay => (node === undefined ? { kind: "absent" } : wayOf(node, text, alone));
  const forth = way(up);
  return forth.kind === "absent" ? null : { up: forth, down: way(ways.get("down")) };
}

/** `exports.up = …`, `module.exports = { up }`, `export const up = …`, `export function up`, `export default { up }`: by name. */
function exportsOf(program: Node): ReadonlyMap<string, Node> {
  const found = new Map<string, Node>();
  const fromObject = (node: Node | null): void => {
    for (const property of nodesAt(bare(node), "properties")) {
      const [name, value] = [keyName(property), nodeAt(property, "value")];
      if (name !== null && value !== null) found.set(name, value);
    }
  };
  for (const statement of nodesAt(program, "body")) {
    const declared = nodeAt(statement, "declaration");
    if (statement.type === "ExportDefaultDeclaration") fromObject(declared);
    if (statement.type === "ExportNamedDeclaration" && declared !== null) {
      const own = identifier(nodeAt(declared, "id"));
      if (own !== null) found.set(own, declared);
      for (const each of nodesAt(declared, "declarations")) {
        const [name, value] = [identifier(nodeAt(each, "id")), bare(nodeAt(each, "init"))];
        if (name !== null && value !== null) found.set(name, value);
      }
    }
    const assigned = statement.type === "ExpressionStatement" ? nodeAt(statement, "expression") : null;
    const [to, value] = [nodeAt(assigned, "left"), bare(nodeAt(assigned, "right"))];
    if (assigned?.type !== "AssignmentExpression" || to?.type !== "MemberExpression" || value === null) continue;
    const [of, name] = [nodeAt(to, "object"), propertyName(to)];
    if (identifier(of) === "module" && name === "exports") fromObject(value);
    else if (name !== null && (identifier(of) === "exports" || isModuleExports(of))) found.set(name, value);
  }
  return found;
}

const isModuleExports = (node: Node | null): boolean =>
  node?.type === "MemberExpression" &&
  identifier(nodeAt(node, "object")) === "module" &&
  propertyName(node) === "exports";

function propertyOf(object: Node | null, name: string): Node | null {
  const property = nodesAt(object, "properties").find((one) => keyName(one) === name);
  return property === undefined ? null : nodeAt(property, "value");
}

const isFalse = (node: Node | null): boolean => node?.type === "Literal" && node.value === false;

function wayOf(node: Node, text: string, alone: boolean): CodeWay {
  // node-pg-migrate's `exports.down = false`: there is no way back.
  if (isFalse(node) || (node.type === "Literal" && node.value === null)) return { kind: "absent" };
  const database = identifier(nodesAt(node, "params")[0] ?? null);
  const body = nodeAt(node, "body");
  if (body === null || !/Function/.test(node.type)) return { kind: "code" };
  const statements = body.type === "BlockStatement" ? nodesAt(body, "body") : [body];
  if (statements.length === 0) return { kind: "absent" };
  const given: Node[] = [];
  let transaction = !alone;
  for (const statement of statements) {
    const calls = database === null ? null : callsOf(expressionOf(statement), database);
    if (calls === null) return { kind: "code" };
    for (const call of calls) {
      if (call === "alone") transaction = false;
      else given.push(call);
    }
  }
  const sql = inPlace(text, given);
  return sql === null ? { kind: "code" } : { kind: "sql", sql, transaction };
}

function expressionOf(statement: Node): Node | null {
  const inner =
    statement.type === "ExpressionStatement"
      ? nodeAt(statement, "expression")
      : statement.type === "ReturnStatement"
        ? nodeAt(statement, "argument")
        : statement;
  const expression = bare(inner);
  return expression?.type === "AwaitExpression" ? bare(nodeAt(expression, "argument")) : expression;
}

/** The texts that `knex.schema.raw(…).raw(…)` gives, in order; null: it does something else. */
function callsOf(expression: Node | null, database: string): readonly (Node | "alone")[] | null {
  if (expression?.type !== "CallExpression") return null;
  const callee = bare(nodeAt(expression, "callee"));
  if (callee?.type !== "MemberExpression") return null;
  const [of, verb, given] = [bare(nodeAt(callee, "object")), propertyName(callee), nodesAt(expression, "arguments")];
  const before = isDatabase(of, database) ? [] : callsOf(of, database);
  if (before === null || verb === null) return null;
  if (verb === "noTransaction" && given.length === 0) return [...before, "alone"];
  const [text, ...more] = given;
  // More arguments fill the text in.
  if (!RUNS.has(verb) || text === undefined || more.length > 0 || literal(text) === null) return null;
  return [...before, text];
}

const isDatabase = (node: Node | null, name: string): boolean =>
  identifier(node) === name ||
  (node?.type === "MemberExpression" && propertyName(node) === "schema" && identifier(nodeAt(node, "object")) === name);

/** Only these texts of all, each where it stands. Null: one is not what it looks like, by a backslash, or would hide what ends it. */
function inPlace(text: string, given: readonly Node[]): string | null {
  let sql = "";
  let at = 0;
  for (const { start, end } of given) {
    const inner = text.slice(start + 1, end - 1);
    const last = inner.slice(inner.lastIndexOf("\n") + 1);
    if (inner.includes("\\") || last.includes("--")) return null;
    sql += `${blank(text.slice(at, start + 1))}${inner};`;
    at = end;
  }
  return sql;
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");
