import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from "yaml";
import type { Problem } from "../problem.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** Bytes of a fleet file; ten thousand services fit. */
export const MAX_BYTES = 4 * 1024 * 1024;
const MAX_TOKENS = 2_000_000;
const MAX_NODES = 500_000;
const MAX_DEPTH = 64;
/** After that many syntax errors the rest are echoes of the first ones. */
const MAX_SYNTAX_PROBLEMS = 20;

export type Place = (offset: number) => Readonly<{ line: number; column: number }>;

export type ParsedYaml = Readonly<{
  /** Null: nothing of the file can be used. */
  tree: YamlTree | null;
  place: Place;
  problems: readonly Problem[];
}>;

export const tooLarge = (file: string): Problem => ({
  code: "file-too-large",
  file,
  line: null,
  column: null,
  message: "the fleet file is larger than 4 MiB",
  hint: "a fleet file declares services; keep data elsewhere",
});

/** Text to plain data with places. Never throws; bounded in time and memory whatever the text is. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter();
  const place: Place = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (problem: Problem): ParsedYaml => ({ tree: null, place, problems: [problem] });
  if (text.length > MAX_BYTES) return refuse(tooLarge(file));
  const whole = { file, line: 1, column: 1 };
  if (tokensExceed(text)) {
    const hint = "a fleet file of ten thousand services is well below the limit";
    return refuse({ ...whole, code: "yaml-too-many-values", message: "the file has too many values", hint });
  }
  let converter: Converter;
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      version: "1.2",
      schema: "core",
      // The library compares every key with every other one; the converter finds duplicates in linear time.
      uniqueKeys: false,
    });
    const errors = [...document.errors, ...document.warnings];
    if (errors.length > 0) {
      const problems = errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error): Problem => {
        const { line, column } = place(error.pos[0]);
        const hint = /tab/i.test(error.message) ? "indent with spaces" : "check indentation, quotes and brackets here";
        return { code: "yaml-syntax", file, line, column, message: oneLine(error.message), hint };
      });
      return { tree: null, place, problems };
    }
    converter = new Converter(file, place);
    const tree = converter.convert(document.contents as Node | null, 0);
    return { tree: converter.fatal ? null : tree, place, problems: converter.problems };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse({ ...whole, code: "yaml-too-deep", message: "the file is nested too deeply", hint: "flatten it" });
  }
}

function tokensExceed(text: string): boolean {
  let count = 0;
  for (const _token of new Lexer().lex(text)) if (++count > MAX_TOKENS) return true;
  return false;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").slice(0, 300);

/** Walks the document once. Aliases are followed here, so that what they expand to is counted. */
class Converter {
  readonly problems: Problem[] = [];
  /** Set when the rest of the file was not looked at. */
  fatal = false;
  private nodes = 0;
  private following = 0;
  private readonly anchors = new Map<string, Node>();
  private readonly file: string;
  private readonly place: Place;

  constructor(file: string, place: Place) {
    this.file = file;
    this.place = place;
  }

  convert(node: Node | null, fallback: number, depth = 0): YamlTree {
    const offset = node?.range?.[0] ?? fallback;
    if (this.fatal) return scalar(null, offset);
    if (++this.nodes > MAX_NODES) {
      return this.give(
        offset,
        this.following > 0
          ? { code: "yaml-alias-bomb", message: "aliases expand to far too many values", hint: "write the values out" }
          : { code: "yaml-too-many-values", message: "the file has too many values", hint: null },
      );
    }
    if (depth > MAX_DEPTH) {
      return this.give(offset, { code: "yaml-too-deep", message: "the file is nested too deeply", hint: "flatten it" });
    }
    if (node === null) return scalar(null, offset);
    if (isAlias(node)) return this.follow(node.source, offset, depth);
    if (this.following === 0 && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isMap(node)) {
      const keys = new Map<string, { offset: number; tree: YamlTree }>();
      const value: Record<string, unknown> = Object.create(null);
      for (const pair of node.items) {
        const key = this.key(pair.key as Node | null, offset);
        const tree = this.convert(pair.value as Node | null, key.offset, depth + 1);
        if (key.name === null) continue;
        if (keys.has(key.name)) {
          const first = this.place(keys.get(key.name)?.offset ?? offset);
          this.report(key.offset, {
            code: "duplicate-key",
            message: `the key ${JSON.stringify(key.name)} is there twice (first in line ${first.line})`,
            hint: "keep one of them",
          });
          continue;
        }
        keys.set(key.name, { offset: key.offset, tree });
        value[key.name] = tree.value;
      }
      return { value, offset, keys, items: null };
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.convert(item as Node | null, offset, depth + 1));
      return { value: items.map((item) => item.value), offset, keys: null, items };
    }
    return scalar(this.scalarValue(isScalar(node) ? node.value : null, offset), offset);
  }

  private follow(name: string, offset: number, depth: number): YamlTree {
    const target = this.anchors.get(name);
    if (target === undefined) {
      const message = `the alias *${name} has no anchor before it`;
      this.report(offset, { code: "yaml-syntax", message, hint: `write &${name} at the value that it stands for` });
      return scalar(null, offset);
    }
    this.following++;
    const tree = this.convert(target, offset, depth + 1);
    this.following--;
    return tree;
  }

  private key(node: Node | null, fallback: number): { name: string | null; offset: number } {
    const offset = node?.range?.[0] ?? fallback;
    const value = isScalar(node) ? node.value : undefined;
    const simple = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (!simple) {
      this.report(offset, {
        code: "bad-key",
        message: "a key must be a plain word",
        hint: "quote what YAML reads as something else",
      });
      return { name: null, offset };
    }
    if (String(value) === "__proto__") {
      const hint = "the word has a meaning of its own in JavaScript; choose another";
      this.report(offset, { code: "bad-name", message: '"__proto__" cannot be a key', hint });
      return { name: null, offset };
    }
    return { name: String(value), offset };
  }

  private scalarValue(value: unknown, offset: number): unknown {
    if (typeof value === "number" && (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)) {
      const message = "this number cannot be kept exactly";
      this.report(offset, { code: "bad-value", message, hint: "quote it to make it a string" });
      return 0;
    }
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return plain ? value : null;
  }

  private report(offset: number, what: Pick<Problem, "code" | "message" | "hint">): void {
    this.problems.push({ ...what, file: this.file, ...this.place(offset) });
  }

  private give(offset: number, what: Pick<Problem, "code" | "message" | "hint">): YamlTree {
    if (!this.fatal) this.report(offset, what);
    this.fatal = true;
    return scalar(null, offset);
  }
}

const scalar = (value: unknown, offset: number): YamlTree => ({ value, offset, keys: null, items: null });
