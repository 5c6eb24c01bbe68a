import { parseSync } from "oxc-parser";
import {
  bare,
  childrenOf,
  identifier,
  keyName,
  literal,
  type Node,
  nodeAt,
  nodesAt,
  propertyName,
} from "../../javascript/estree.ts";
import { type CodeRead, type CodeReads, placesIn } from "./read.ts";
import { Scopes } from "./scopes.ts";

const VARIABLE_LIKE = /^[A-Z][A-Z0-9_]*$/;

/** What TypeScript or JavaScript reads of its process's environment. Nothing of it is run. */
export function readsInScript(source: Readonly<{ file: string; text: string }>): CodeReads {
  const parsed = parseSync(source.file, source.text, { astType: "ts" });
  const program = parsed.program as unknown as Node;
  const walk = new Walk(source);
  walk.visit(program, null);
  const broken = parsed.errors.length > 0 && nodesAt(program, "body").length === 0;
  return { reads: walk.reads, readers: walk.readers, calls: walk.calls, dynamic: walk.dynamic, understood: !broken };
}

class Walk {
  readonly reads: CodeRead[] = [];
  readonly readers: { name: string; parameter: number }[] = [];
  readonly calls: { callee: string; argument: number; read: CodeRead }[] = [];
  readonly dynamic: Omit<CodeRead, "name">[] = [];
  readonly #scopes = new Scopes();
  /** What a function is called, by its node. */
  readonly #functions = new Map<Node, string>();
  readonly #file: string;
  readonly #place: (offset: number) => Readonly<{ line: number; column: number }>;

  constructor(source: Readonly<{ file: string; text: string }>) {
    this.#file = source.file;
    this.#place = placesIn(source.text);
  }

  visit(node: Node, parent: Node | null): void {
    this.#nameFunction(node);
    // Types name nothing that is read when the code runs.
    if (node.type.startsWith("TSType") || node.type.startsWith("TSInterface")) return;
    const opened = this.#scopes.enter(node);
    this.#look(node, parent);
    for (const child of childrenOf(node)) this.visit(child, node);
    if (opened) this.#scopes.leave();
  }

  #look(node: Node, parent: Node | null): void {
    switch (node.type) {
      case "MemberExpression":
        if (this.#scopes.isEnv(nodeAt(node, "object")) && !isWritten(node, parent)) this.#member(node);
        return;
      case "VariableDeclarator":
        if (this.#scopes.isEnv(nodeAt(node, "init"))) this.#pattern(nodeAt(node, "id"));
        return;
      case "AssignmentPattern":
      case "AssignmentExpression":
        if (this.#scopes.isEnv(nodeAt(node, "right"))) this.#pattern(nodeAt(node, "left"));
        return;
      case "BinaryExpression":
        // "X" in process.env
        if (node.operator === "in" && this.#scopes.isEnv(nodeAt(node, "right"))) this.#named(nodeAt(node, "left"));
        return;
      case "CallExpression":
        this.#call(node);
        return;
      default:
        return;
    }
  }

  #member(node: Node): void {
    const name = propertyName(node);
    const property = nodeAt(node, "property");
    if (name !== null) {
      if (property !== null) this.#add(name, property);
      return;
    }
    const key = identifier(bare(property));
    const meaning = key === null ? null : this.#scopes.lookup(key);
    const reader = meaning?.kind === "parameter" ? this.#functions.get(meaning.owner) : undefined;
    const text = meaning?.kind === "value" ? literal(meaning.node) : null;
    if (meaning?.kind === "parameter" && reader !== undefined)
      this.readers.push({ name: reader, parameter: meaning.index });
    else if (text !== null) this.#add(text, node);
    else this.dynamic.push({ file: this.#file, ...this.#place(node.start) });
  }

  #pattern(pattern: Node | null): void {
    if (pattern?.type !== "ObjectPattern") return;
    for (const property of nodesAt(pattern, "properties")) {
      const name = property.type === "Property" ? keyName(property) : null;
      if (name !== null) this.#add(name, property);
    }
  }

  #named(node: Node | null): void {
    const name = literal(bare(node));
    if (name !== null && node !== null) this.#add(name, node);
  }

  #call(node: Node): void {
    const values = nodesAt(node, "arguments");
    const callee = bare(nodeAt(node, "callee"));
    const name = identifier(callee) ?? (callee?.type === "MemberExpression" ? propertyName(callee) : null);
    const withEnv = values.some((value) => this.#scopes.isEnv(value) || this.#carriesEnv(value));
    if (withEnv) {
      // z.object({ … }).parse(process.env), cleanEnv(process.env, { … }), createEnv({ server: { … }, runtimeEnv: process.env })
      const schema = callee?.type === "MemberExpression" ? nodeAt(callee, "object") : null;
      const others = values.filter((value) => !this.#scopes.isEnv(value));
      const writes = name === "assign" && others.length < values.length && this.#scopes.isEnv(values[0] ?? null);
      for (const part of writes ? [] : [schema, ...others]) if (part !== null) this.#schema(part, 0);
      if (name !== "keys" && name !== "entries") for (const value of values) this.#variableText(value);
    }
    values.forEach((value, argument) => {
      const text = literal(bare(value));
      if (name === null || text === null || !VARIABLE_LIKE.test(text)) return;
      this.calls.push({ callee: name, argument, read: { name: text, file: this.#file, ...this.#place(value.start) } });
    });
  }

  #variableText(value: Node): void {
    const text = literal(bare(value));
    if (text !== null && VARIABLE_LIKE.test(text)) this.#add(text, value);
  }

  /** `{ runtimeEnv: process.env }`; an `env:` is what a child process is given. */
  #carriesEnv(value: Node): boolean {
    return nodesAt(bare(value), "properties").some(
      (property) =>
        keyName(property)?.startsWith("runtimeEnv") === true && this.#scopes.isEnv(nodeAt(property, "value")),
    );
  }

  /** The keys of a schema that a process's environment is read by. */
  #schema(given: Node, depth: number): void {
    const node = bare(given);
    if (node === null || depth > 12) return;
    const name = identifier(node);
    const meaning = name === null ? null : this.#scopes.lookup(name);
    if (meaning?.kind === "value") this.#schema(meaning.node, depth + 1);
    if (node.type === "CallExpression") {
      const callee = bare(nodeAt(node, "callee"));
      if (callee?.type === "MemberExpression") this.#schema(nodeAt(callee, "object") ?? callee, depth + 1);
      for (const value of nodesAt(node, "arguments")) this.#schema(value, depth + 1);
    }
    if (node.type !== "ObjectExpression") return;
    for (const property of nodesAt(node, "properties")) {
      const key = property.type === "Property" ? keyName(property) : null;
      const value = bare(nodeAt(property, "value"));
      if (key !== null && VARIABLE_LIKE.test(key)) this.#add(key, property);
      else if (value?.type === "ObjectExpression") this.#schema(value, depth + 1);
    }
  }

  #nameFunction(node: Node): void {
    const own = identifier(nodeAt(node, "id"));
    if (node.type === "FunctionDeclaration" && own !== null) this.#functions.set(node, own);
    const named = node.type === "VariableDeclarator" ? own : isProperty(node) ? keyName(node) : null;
    const value = bare(nodeAt(node, "init") ?? nodeAt(node, "value"));
    if (named !== null && value !== null && /Function/.test(value.type)) this.#functions.set(value, named);
  }

  #add(name: string, at: Node): void {
    this.reads.push({ name, file: this.#file, ...this.#place(at.start) });
  }
}

const isProperty = (node: Node): boolean => /^(Property|PropertyDefinition|MethodDefinition)$/.test(node.type);

/** `process.env.X = …` and `delete process.env.X` read nothing. */
function isWritten(node: Node, parent: Node | null): boolean {
  if (parent?.type === "AssignmentExpression") return parent.operator === "=" && parent.left === node;
  return parent?.type === "UnaryExpression" && parent.operator === "delete";
}
