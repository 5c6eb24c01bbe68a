import type { Finding } from "../compare/finding.ts";
import type { Node } from "../read/node.ts";
import type { Compared, Tell, Views } from "./compare-views.ts";
import { isSameText } from "./same-text.ts";
import type { View } from "./view.ts";

/** Formats that hold all values of another. */
const WIDER: ReadonlySet<string> = new Set(["int32 int64", "float double", "int32 double", "date-time string"]);

/** What a format leaves as it is: everything that the type has. */
const ALL: ReadonlySet<string> = new Set(["int64", "double", "password", "binary"]);

/** Format, pattern, encoding, `not` and conditions: words of a schema that can only be compared as they stand. */
export function compareWords(views: Views, tell: Tell): Compared {
  const { old, next } = views;
  return {
    findings: [
      ...formats(views, tell),
      ...patterns(views, tell),
      ...encodings(views, tell),
      ...nots(views, tell),
      ...conditions(old, next, tell),
    ],
    children: [],
  };
}

function formats({ old, next }: Views, tell: Tell): readonly Finding[] {
  const [was, is] = [formatOf(old), formatOf(next)];
  if (was === is) return [];
  const wider = is === null || WIDER.has(`${was} ${is}`);
  const narrower = was === null || WIDER.has(`${is} ${was}`);
  const kind = wider ? "format-widened" : narrower ? "format-narrowed" : "format-changed";
  const says = `format was ${was ?? "not set"}, and is ${is ?? "not set"}`;
  return [tell(kind, says, { old: old.format?.at ?? old.at, next: next.format?.at ?? next.at })];
}

function formatOf({ format }: View): string | null {
  const name = format === null ? null : String(JSON.parse(format.value));
  return name === null || ALL.has(name) ? null : name;
}

function patterns({ old, next }: Views, tell: Tell): readonly Finding[] {
  const gone = [...old.patterns].filter(([pattern]) => !next.patterns.has(pattern));
  const come = [...next.patterns].filter(([pattern]) => !old.patterns.has(pattern));
  const at = { old: gone[0]?.[1] ?? old.at, next: come[0]?.[1] ?? next.at };
  if (gone.length > 0 && come.length > 0)
    return [tell("pattern-changed", `the pattern was ${gone[0]?.[0]}, and is ${come[0]?.[0]}`, at)];
  if (come.length > 0) return [tell("pattern-set", `it must match ${come[0]?.[0]}`, at)];
  return gone.length > 0 ? [tell("pattern-dropped", `it need not match ${gone[0]?.[0]} any more`, at)] : [];
}

function encodings({ old, next }: Views, tell: Tell): readonly Finding[] {
  if (old.encoding?.value === next.encoding?.value) return [];
  const says = `the encoding was ${old.encoding?.value ?? "not set"}, and is ${next.encoding?.value ?? "not set"}`;
  return [
    tell("content-encoding-changed", says, { old: old.encoding?.at ?? old.at, next: next.encoding?.at ?? next.at }),
  ];
}

function nots({ old, next }: Views, tell: Tell): readonly Finding[] {
  if (sameNodes(old.nots, next.nots)) return [];
  const at = { old: old.nots[0] ?? old.at, next: next.nots[0] ?? next.at };
  if (old.nots.length === 0) return [tell("not-set", "values are excluded by `not`", at)];
  if (next.nots.length === 0) return [tell("not-dropped", "`not` excludes nothing any more", at)];
  return [tell("condition-changed", "`not` excludes other values", at)];
}

function conditions(old: View, next: View, tell: Tell): readonly Finding[] {
  if (sameNodes(old.conditions, next.conditions)) return [];
  const at = { old: old.conditions[0] ?? old.at, next: next.conditions[0] ?? next.at };
  return [tell("condition-changed", "what holds under which condition is another", at)];
}

const sameNodes = (a: readonly Node[], b: readonly Node[]): boolean =>
  a.length === b.length && a.every((node, at) => isSameText(node, b[at] as Node));
