import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import { type Problem, problem } from "../../problem.ts";
import type { Entry, Node } from "./node.ts";
import { placesIn } from "./place.ts";
import { plainScalar } from "./scalar.ts";

/** Characters of one file; the largest published contracts are a tenth of it. */
const LARGEST = 32 * 1024 * 1024;
const DEEPEST = 200;

/** A `$ref` as it is written. */
export type Ref = Readonly<{ ref: string; at: Node }>;

export type ParsedTree = Readonly<{
  root: Node | null;
  /** Every one of the file but those in what is data. */
  refs: readonly Ref[];
  problems: readonly Problem[];
}>;

/** What holds data in a schema or a media type; below `properties` the same words are names like others. */
const DATA: ReadonlySet<string> = new Set(["example", "examples", "default", "enum", "const"]);

/**
 * YAML or JSON to nodes that know their places. Never throws; an alias is the very node that it names, so that no text grows by them.
 * `ids`: counts on through the files of one document.
 */
export function parseTree(source: Readonly<{ file: string; text: string }>, ids: { next: number }): ParsedTree {
  const { file, text } = source;
  const place = placesIn(file, text);
  const refuse = (offset: number, message: string, hint: string): ParsedTree => ({
    root: null,
    refs: [],
    problems: [{ ...problem("contract-syntax", message, hint), ...place(offset) }],
  });
  if (text.length > LARGEST)
    return refuse(0, "the file is larger than 32 MiB", "split it into files that $ref each other");
  let events: readonly Event[];
  try {
    events = parseEvents(text, { filename: file, maxDepth: DEEPEST });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return refuse(
      error.mark?.position ?? 0,
      `no YAML or JSON: ${error.reason}`,
      "check indentation, quotes and brackets here",
    );
  }
  const built = new Builder(source, events, ids).build();
  if (built.wrong !== null) return refuse(built.wrong.offset, built.wrong.message, built.wrong.hint);
  return { root: built.root, refs: built.refs, problems: [] };
}

type Wrong = Readonly<{ offset: number; message: string; hint: string }>;

/** Walks the events once. */
class Builder {
  private at = 0;
  private wrong: Wrong | null = null;
  /** How deep in data; and whether the next map holds names of fields. */
  private data = 0;
  private names = false;
  private readonly refs: Ref[] = [];
  private readonly anchors = new Map<string, Node>();
  private readonly source: Readonly<{ file: string; text: string }>;
  private readonly events: readonly Event[];
  private readonly ids: { next: number };

  constructor(source: Readonly<{ file: string; text: string }>, events: readonly Event[], ids: { next: number }) {
    this.source = source;
    this.events = events;
    this.ids = ids;
  }

  build(): Readonly<{ root: Node | null; refs: readonly Ref[]; wrong: Wrong | null }> {
    const documents = this.events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length;
    if (documents > 1) this.refuse(0, "it holds several YAML documents", "keep one contract in a file");
    this.at = 1;
    const root = documents === 1 ? this.value(0) : null;
    return { root, refs: this.refs, wrong: this.wrong };
  }

  private value(near: number): Node {
    const event = this.events[this.at];
    this.at += 1;
    switch (event?.type) {
      case EVENT_ID.MAPPING: {
        const node = this.map(event.start);
        return this.named(event, node);
      }
      case EVENT_ID.SEQUENCE: {
        const items: Node[] = [];
        this.names = false;
        while (!this.closed()) items.push(this.value(event.start));
        return this.named(event, { kind: "list", id: this.id(), file: this.source.file, offset: event.start, items });
      }
      case EVENT_ID.SCALAR: {
        const text = getScalarValue(this.source.text, event);
        const words = event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0;
        const value = words ? text : plainScalar(text);
        // The place of a quoted word is its quote, of an empty one where its name stands.
        const offset = event.valueStart < 0 ? near : event.valueStart - (isQuoted(event.style) ? 1 : 0);
        return this.named(event, { kind: "scalar", id: this.id(), file: this.source.file, offset, value });
      }
      case EVENT_ID.ALIAS: {
        const name = this.source.text.slice(event.anchorStart, event.anchorEnd);
        const known = this.anchors.get(name);
        if (known === undefined)
          this.refuse(
            event.anchorStart,
            `the alias *${name} has no anchor before it`,
            `write &${name} at the value that it stands for`,
          );
        return (
          known ?? { kind: "scalar", id: this.id(), file: this.source.file, offset: event.anchorStart, value: null }
        );
      }
      default:
        return { kind: "scalar", id: this.id(), file: this.source.file, offset: near, value: null };
    }
  }

  private map(start: number): Node {
    const { names } = this;
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    const id = this.id();
    while (!this.closed()) {
      this.names = false;
      const key = this.value(start);
      const name = key.kind === "scalar" ? String(key.value) : "";
      const data = !names && DATA.has(name);
      if (data) this.data += 1;
      this.names = !names && name === "properties";
      const node = this.value(key.offset);
      if (data) this.data -= 1;
      if (key.kind !== "scalar") {
        this.refuse(key.offset, "a key must be a plain word", "quote what YAML reads as something else");
        continue;
      }
      if (name === "$ref" && !names && this.data === 0 && node.kind === "scalar" && typeof node.value === "string")
        this.refs.push({ ref: node.value, at: node });
      if (name === "<<" && node.kind !== "scalar") merged.push(...(node.kind === "list" ? node.items : [node]));
      else if (entries.has(name))
        this.refuse(key.offset, `the key ${JSON.stringify(name)} is there twice`, "keep one of them");
      else entries.set(name, { key: key.offset, node });
    }
    this.names = false;
    for (const from of merged) {
      if (from.kind !== "map") continue;
      for (const [name, entry] of from.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return { kind: "map", id, file: this.source.file, offset: start, entries };
  }

  private closed(): boolean {
    if (this.at < this.events.length && this.events[this.at]?.type !== EVENT_ID.POP) return false;
    this.at += 1;
    return true;
  }

  private id(): number {
    const { next } = this.ids;
    this.ids.next = next + 1;
    return next;
  }

  private named(event: Readonly<{ anchorStart: number; anchorEnd: number }>, node: Node): Node {
    if (event.anchorStart >= 0) this.anchors.set(this.source.text.slice(event.anchorStart, event.anchorEnd), node);
    return node;
  }

  private refuse(offset: number, message: string, hint: string): void {
    this.wrong ??= { offset, message, hint };
  }
}

const isQuoted = (style: number): boolean =>
  style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
