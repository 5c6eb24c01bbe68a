import {
  bare,
  childrenOf,
  identifier,
  keyName,
  type Node,
  nodeAt,
  nodesAt,
  propertyName,
} from "../../javascript/estree.ts";

/** What reaches a module's exports but by giving them, once and by name. */
const REACHES = new Set(["exports", "module", "up", "down", "config", "eval", "arguments", "this"]);

type Given = Readonly<{
  /** All that there is: nothing else may be given beside it. */
  whole: boolean;
  entries: readonly (readonly [string | null, Node | null])[];
}>;

/**
 * `exports.up = …`, `module.exports = { up }`, `export const up = …`, `export function up`, `export default { up }`: by name. Null: it cannot be
 * told, because something else of the module may have a say in it.
 */
export function moduleExports(program: Node): ReadonlyMap<string, Node> | null {
  const found = new Map<string, Node>();
  let givers = 0;
  let whole = false;
  for (const statement of nodesAt(program, "body")) {
    const given = givenBy(statement);
    if (given === null) {
      if (statement.type === "ExportAllDeclaration" || reaches(statement)) return null;
      continue;
    }
    givers += 1;
    whole ||= given.whole;
    for (const [name, value] of given.entries) {
      if (name === null || value === null || found.has(name) || insideOf(value).some(reaches)) return null;
      found.set(name, value);
    }
  }
  return whole && givers > 1 ? null : found;
}

function givenBy(statement: Node): Given | null {
  const declared = nodeAt(statement, "declaration");
  if (statement.type === "ExportDefaultDeclaration") return objectOf(declared);
  if (statement.type === "ExportNamedDeclaration") {
    if (declared?.type === "FunctionDeclaration")
      return { whole: false, entries: [[identifier(nodeAt(declared, "id")), declared]] };
    if (declared?.type !== "VariableDeclaration") return null;
    const entries = nodesAt(declared, "declarations").map(
      (each) => [identifier(nodeAt(each, "id")), bare(nodeAt(each, "init"))] as const,
    );
    return { whole: false, entries };
  }
  const assigned = statement.type === "ExpressionStatement" ? nodeAt(statement, "expression") : null;
  const [to, value] = [nodeAt(assigned, "left"), bare(nodeAt(assigned, "right"))];
  if (assigned?.type !== "AssignmentExpression" || assigned.operator !== "=" || to?.type !== "MemberExpression")
    return null;
  const of = nodeAt(to, "object");
  if (isModuleExports(to)) return objectOf(value);
  return identifier(of) === "exports" || isModuleExports(of)
    ? { whole: false, entries: [[propertyName(to), value]] }
    : null;
}

/** `{ up, down }`. Null: it is no object that is written out. */
export function objectOf(node: Node | null): Given | null {
  const object = bare(node);
  if (object?.type !== "ObjectExpression") return null;
  const entries = nodesAt(object, "properties").map((one) => {
    const name = one.type === "Property" && one.kind === "init" ? keyName(one) : null;
    return [name === "__proto__" ? null : name, bare(nodeAt(one, "value"))] as const;
  });
  return { whole: true, entries };
}

const isModuleExports = (node: Node | null): boolean =>
  node?.type === "MemberExpression" &&
  identifier(nodeAt(node, "object")) === "module" &&
  propertyName(node) === "exports";

/** A function's own name reaches nothing. */
const insideOf = (value: Node): readonly Node[] =>
  /Function/.test(value.type) ? childrenOf(value).filter((child) => child !== value.id) : [value];

function reaches(node: Node): boolean {
  if (REACHES.has(node.type === "ThisExpression" ? "this" : (identifier(node) ?? ""))) return true;
  // `a.up` and `{ up: 1 }` name something else.
  const named = (node.type === "MemberExpression" || node.type === "Property") && node.computed !== true;
  const name = named ? (node.property ?? node.key) : null;
  return childrenOf(node).some((child) => child !== name && reaches(child));
}
