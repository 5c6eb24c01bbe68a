/** A node of the ESTree that the parser gives; only what is asked of it is looked at. */
export type Node = Readonly<{ type: string; start: number; end: number; [key: string]: unknown }>;

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

export const nodeAt = (node: Node | null, key: string): Node | null => {
  const value = node?.[key];
  return isNode(value) ? value : null;
};

export const nodesAt = (node: Node | null, key: string): readonly Node[] => {
  const value = node?.[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
};

export function childrenOf(node: Node): readonly Node[] {
  const children: Node[] = [];
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) for (const entry of value) if (isNode(entry)) children.push(entry);
  }
  return children;
}

/** The name of an identifier, or null. */
export const identifier = (node: Node | null): string | null =>
  node?.type === "Identifier" && typeof node.name === "string" ? node.name : null;

/** A text written out in the code: 'x', "x" or `x`. */
export function literal(node: Node | null): string | null {
  if (node?.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node?.type !== "TemplateLiteral" || nodesAt(node, "expressions").length > 0) return null;
  const cooked = (nodesAt(node, "quasis")[0]?.value as { cooked?: unknown } | undefined)?.cooked;
  return typeof cooked === "string" ? cooked : null;
}

/** Without the parentheses, `!`, `as T`, `satisfies T`, `<T>` and `?.` around it. */
export function bare(node: Node | null): Node | null {
  let inner = node;
  while (inner !== null && WRAPPERS.has(inner.type)) inner = nodeAt(inner, "expression");
  return inner;
}

const WRAPPERS = new Set([
  "ParenthesizedExpression",
  "TSNonNullExpression",
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
  "ChainExpression",
]);

/** The name of `a.b` and `a["b"]`; null when it is computed. */
export const propertyName = (node: Node): string | null =>
  node.computed === true ? literal(bare(nodeAt(node, "property"))) : identifier(nodeAt(node, "property"));

/** The name of a key in an object or a pattern. */
export const keyName = (node: Node): string | null => {
  const key = nodeAt(node, "key");
  return node.computed === true ? literal(bare(key)) : (identifier(key) ?? literal(key));
};
