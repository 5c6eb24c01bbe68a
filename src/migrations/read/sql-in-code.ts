import { parseSync } from "oxc-parser";
import { bare, identifier, literal, type Node, nodeAt, nodesAt, propertyName } from "../../javascript/estree.ts";
import { moduleExports, objectOf } from "./module-exports.ts";

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
  const ways = moduleExports(program as unknown as Node);
  const up = ways?.get("up");
  const transaction = transactionOf(ways?.get("config"));
  if (up === undefined || transaction === null) return null;
  const way = (node: Node | undefined): CodeWay =>
    node === undefined ? { kind: "absent" } : wayOf(node, text, transaction);
  const forth = way(up);
  return forth.kind === "absent" ? null : { up: forth, down: way(ways?.get("down")) };
}

/** Knex's `config = { transaction: false }`. Null: it is not written out. */
function transactionOf(config: Node | undefined): boolean | null {
  if (config === undefined) return true;
  const settings = objectOf(config)?.entries;
  if (settings === undefined || settings.some(([name]) => name === null)) return null;
  const given = settings.filter(([name]) => name === "transaction").at(-1);
  if (given === undefined) return true;
  return given[1]?.type === "Literal" && typeof given[1].value === "boolean" ? given[1].value : null;
}

const isFalse = (node: Node | null): boolean => node?.type === "Literal" && node.value === false;

function wayOf(node: Node, text: string, framed: boolean): CodeWay {
  // node-pg-migrate's `exports.down = false`: there is no way back.
  if (isFalse(node) || (node.type === "Literal" && node.value === null)) return { kind: "absent" };
  const body = nodeAt(node, "body");
  const names = nodesAt(node, "params").map(identifier);
  // What a parameter is by default is code that runs as well, and the body of a generator is not run by being called.
  const plain = !names.includes(null) && new Set(names).size === names.length && node.generator !== true;
  if (body === null || !/Function/.test(node.type) || !plain) return { kind: "code" };
  const statements = body.type === "BlockStatement" ? nodesAt(body, "body") : [body];
  if (statements.length === 0) return { kind: "absent" };
  const [database = null] = names;
  const given: Node[] = [];
  let transaction = framed;
  for (const [at, statement] of statements.entries()) {
    // Nothing runs after a return.
    const ends = statement.type === "ReturnStatement" && at < statements.length - 1;
    const calls = database === null || ends ? null : callsOf(expressionOf(statement), database);
    if (calls === null || (isLeft(statement) && calls.some((call) => call !== "alone" && call.verb === "raw")))
      return { kind: "code" };
    for (const call of calls) {
      if (call === "alone") transaction = false;
      else given.push(call.text);
    }
  }
  const sql = inPlace(text, given);
  return sql === null ? { kind: "code" } : { kind: "sql", sql, transaction };
}

/** Neither awaited nor returned: Knex then never runs it. */
const isLeft = (statement: Node): boolean =>
  statement.type === "ExpressionStatement" && bare(nodeAt(statement, "expression"))?.type !== "AwaitExpression";

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

type Call = "alone" | Readonly<{ verb: string; text: Node }>;

/** The texts that `knex.schema.raw(…).raw(…)` gives, in order; null: it does something else. */
function callsOf(expression: Node | null, database: string): readonly Call[] | null {
  if (expression?.type !== "CallExpression") return null;
  const callee = bare(nodeAt(expression, "callee"));
  if (callee?.type !== "MemberExpression") return null;
  const [of, verb, given] = [bare(nodeAt(callee, "object")), propertyName(callee), nodesAt(expression, "arguments")];
  const before = isDatabase(of, database) ? [] : callsOf(of, database);
  if (before === null || verb === null) return null;
  if (verb === "noTransaction" && given.length === 0) return [...before, "alone"];
  const [text, ...more] = given;
  if (!RUNS.has(verb) || text === undefined || more.length > 0) return null;
  // More arguments fill the text in; of a question mark Knex makes `$1` even without them.
  const written = literal(text);
  return written === null || (verb === "raw" && written.includes("?")) ? null : [...before, { verb, text }];
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
