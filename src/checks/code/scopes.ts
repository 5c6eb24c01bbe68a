import { bare, identifier, type Node, nodeAt, nodesAt } from "../../javascript/estree.ts";

/** What a name stands for, as far as reading variables goes. */
export type Meaning = Readonly<
  | { kind: "env" }
  | { kind: "process" }
  | { kind: "parameter"; owner: Node; index: number }
  /** A value whose text is worth keeping: a schema of zod and its kin. */
  | { kind: "value"; node: Node }
  | { kind: "other" }
>;

/** The names that are visible at a place, innermost last. */
export class Scopes {
  readonly #scopes: Map<string, Meaning>[] = [];

  lookup(name: string): Meaning | null {
    for (const scope of this.#scopes.toReversed()) {
      const meaning = scope.get(name);
      if (meaning !== undefined) return meaning;
    }
    return null;
  }

  leave(): void {
    this.#scopes.pop();
  }

  /** True when the node opened a scope, which must be left after its children. */
  enter(node: Node): boolean {
    const names = this.#open(node);
    return names !== null;
  }

  #open(node: Node): Map<string, Meaning> | null {
    if (node.type === "Program" || node.type === "BlockStatement" || node.type === "StaticBlock") {
      return this.#block(nodesAt(node, "body"));
    }
    if (node.type === "SwitchCase") return this.#block(nodesAt(node, "consequent"));
    if (/Function/.test(node.type)) return this.#function(node);
    if (/^For.*Statement$/.test(node.type)) {
      return this.#block([nodeAt(node, "init") ?? nodeAt(node, "left")].filter((part) => part !== null));
    }
    if (node.type === "CatchClause") return this.#names([nodeAt(node, "param")]);
    return null;
  }

  #push(): Map<string, Meaning> {
    const scope = new Map<string, Meaning>();
    this.#scopes.push(scope);
    return scope;
  }

  #names(patterns: readonly (Node | null)[]): Map<string, Meaning> {
    const scope = this.#push();
    for (const pattern of patterns) for (const name of namesOf(pattern)) scope.set(name, { kind: "other" });
    return scope;
  }

  #block(statements: readonly Node[]): Map<string, Meaning> {
    const scope = this.#push();
    for (const statement of statements) this.#declare(scope, nodeAt(statement, "declaration") ?? statement);
    return scope;
  }

  #declare(scope: Map<string, Meaning>, node: Node): void {
    if (node.type === "ImportDeclaration") importNames(scope, node);
    const id = identifier(nodeAt(node, "id"));
    if (/^(Function|Class)Declaration$/.test(node.type) && id !== null) scope.set(id, { kind: "value", node });
    if (node.type !== "VariableDeclaration") return;
    for (const declarator of nodesAt(node, "declarations")) {
      const pattern = nodeAt(declarator, "id");
      const init = bare(nodeAt(declarator, "init"));
      const name = identifier(pattern);
      if (name !== null) scope.set(name, this.#meaning(init));
      else for (const inner of namesOf(pattern)) scope.set(inner, { kind: "other" });
      // const { env } = process
      if (pattern?.type === "ObjectPattern" && this.isProcess(init)) {
        for (const property of nodesAt(pattern, "properties")) {
          const local = identifier(nodeAt(property, "value"));
          if (identifier(nodeAt(property, "key")) === "env" && local !== null) scope.set(local, { kind: "env" });
        }
      }
    }
  }

  #function(node: Node): Map<string, Meaning> {
    const scope = this.#push();
    nodesAt(node, "params").forEach((given, index) => {
      const parameter = given.type === "TSParameterProperty" ? (nodeAt(given, "parameter") ?? given) : given;
      const pattern = parameter.type === "AssignmentPattern" ? nodeAt(parameter, "left") : parameter;
      const name = identifier(pattern);
      for (const inner of namesOf(pattern)) scope.set(inner, { kind: "other" });
      if (name === null) return;
      const fallback = parameter.type === "AssignmentPattern" ? bare(nodeAt(parameter, "right")) : null;
      const isEnv = this.isEnv(fallback) || saysProcessEnv(nodeAt(pattern, "typeAnnotation"));
      scope.set(name, isEnv ? { kind: "env" } : { kind: "parameter", owner: node, index });
    });
    return scope;
  }

  #meaning(init: Node | null): Meaning {
    if (init === null) return { kind: "other" };
    if (this.isEnv(init)) return { kind: "env" };
    if (this.isProcess(init)) return { kind: "process" };
    return { kind: "value", node: init };
  }

  isProcess(given: Node | null): boolean {
    const node = bare(given);
    const name = identifier(node);
    if (name !== null) return (this.lookup(name)?.kind ?? (name === "process" ? "process" : "other")) === "process";
    if (node?.type === "MemberExpression") {
      const global = identifier(bare(nodeAt(node, "object")));
      return (global === "globalThis" || global === "global") && identifier(nodeAt(node, "property")) === "process";
    }
    return isRequire(node);
  }

  /** `process.env`, `import.meta.env`, what was assigned from them, a copy of them. */
  isEnv(given: Node | null): boolean {
    const node = bare(given);
    if (node === null) return false;
    const name = identifier(node);
    if (name !== null) return this.lookup(name)?.kind === "env";
    if (node.type === "MemberExpression") {
      const property = nodeAt(node, "property");
      if ((identifier(property) ?? (property?.type === "Literal" ? property.value : null)) !== "env") return false;
      const object = bare(nodeAt(node, "object"));
      return object?.type === "MetaProperty" || this.isProcess(object);
    }
    if (node.type === "ObjectExpression") {
      return nodesAt(node, "properties").some(
        (part) => part.type === "SpreadElement" && this.isEnv(nodeAt(part, "argument")),
      );
    }
    if (node.type === "LogicalExpression") return this.isEnv(nodeAt(node, "left")) || this.isEnv(nodeAt(node, "right"));
    return false;
  }
}

const PROCESS_MODULES = new Set(["process", "node:process"]);

function importNames(scope: Map<string, Meaning>, node: Node): void {
  const fromProcess = PROCESS_MODULES.has(String(nodeAt(node, "source")?.value));
  for (const specifier of nodesAt(node, "specifiers")) {
    const local = identifier(nodeAt(specifier, "local"));
    if (local === null) continue;
    const imported = specifier.type === "ImportSpecifier" ? identifier(nodeAt(specifier, "imported")) : "default";
    const kind = !fromProcess ? "other" : imported === "env" ? "env" : imported === "default" ? "process" : "other";
    scope.set(local, { kind });
  }
}

function isRequire(node: Node | null): boolean {
  if (node?.type !== "CallExpression" || identifier(nodeAt(node, "callee")) !== "require") return false;
  return PROCESS_MODULES.has(String(nodesAt(node, "arguments")[0]?.value));
}

/** `: NodeJS.ProcessEnv` */
function saysProcessEnv(annotation: Node | null): boolean {
  const type = nodeAt(nodeAt(annotation, "typeAnnotation"), "typeName");
  return identifier(type) === "ProcessEnv" || identifier(nodeAt(type, "right")) === "ProcessEnv";
}

/** Every name that a pattern binds. */
function namesOf(pattern: Node | null): readonly string[] {
  if (pattern === null) return [];
  const own = identifier(pattern);
  if (own !== null) return [own];
  const parts = [
    ...nodesAt(pattern, "properties"),
    ...nodesAt(pattern, "elements"),
    nodeAt(pattern, "left"),
    nodeAt(pattern, "argument"),
    pattern.type === "Property" ? nodeAt(pattern, "value") : null,
  ];
  return parts.flatMap(namesOf);
}
