import type { z } from "zod";
import { fleetSchema } from "./schema.ts";
import { keysAt } from "./schema-keys.ts";
import type { YamlPath } from "./yaml-tree.ts";

/** What is wrong at a path; where that is in the file is found by its caller. */
export type Finding = Readonly<{
  path: YamlPath;
  /** Point at the key instead of its value. */
  at: "key" | "value";
  code: string;
  message: string;
  hint: string | null;
  /** The path that was probably meant. */
  instead?: YamlPath;
}>;

type Suggest = (wrong: string, known: readonly string[]) => string | null;
type Issue = z.core.$ZodIssue;

/** zod's issues in the words of the fleet file. One finding for each place: a value that is wrong in two ways is said once. */
export function findings(issues: readonly Issue[], value: unknown, suggest: Suggest): readonly Finding[] {
  const found = issues.flatMap((issue) => finding(issue, { around: [], root: value, suggest }));
  // A misspelt key is not missing as well.
  const meant = new Set(found.flatMap((one) => (one.instead === undefined ? [] : [JSON.stringify(one.instead)])));
  const seen = new Set<string>();
  return found.filter(({ path, at, code }) => {
    const place = JSON.stringify([path, at]);
    if (seen.has(place) || (code === "missing-key" && meant.has(JSON.stringify(path)))) return false;
    seen.add(place);
    return true;
  });
}

/** `around`: where the issue's own path begins. */
type Context = Readonly<{ around: YamlPath; root: unknown; suggest: Suggest }>;

function finding(issue: Issue, { around, root, suggest }: Context): readonly Finding[] {
  const path: YamlPath = [...around, ...(issue.path as (string | number)[])];
  const [code, message] = told(issue.message);
  const got = valueAt(root, path);
  const said = { path, code, message: `${shown(path)}: ${message}, found ${describe(got, path)}`, hint: null } as const;
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(fleetSchema, path);
      return issue.keys.map((key) => unknownKey([...path, key], known, suggest));
    }
    case "invalid_union": {
      const branch = likelyBranch(issue.errors);
      return branch === null
        ? [{ ...said, at: "value" }]
        : branch.flatMap((inner) => finding(inner, { around: path, root, suggest }));
    }
    case "invalid_key": {
      const [inner, what] = told(issue.issues[0]?.message ?? "");
      return [{ ...said, at: "key", code: inner, message: `${shown(path)}: ${what}` }];
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      const meant = typeof got === "string" ? suggest(got, values) : null;
      const message = `${shown(path)}: expected ${values.join(" or ")}, found ${describe(got, path)}`;
      if (got === undefined) return [missing(path)];
      return [
        { path, at: "value", code: "bad-value", message, hint: meant === null ? null : `did you mean ${meant}?` },
      ];
    }
    default:
      if (got === undefined) return [missing(path)];
      if (issue.code === "invalid_type" && code === "bad-value" && !issue.message.includes("|")) {
        const message = `${shown(path)}: expected ${kindName(issue.expected)}, found ${describe(got, path)}`;
        return [{ path, at: "value", code, message, hint: null }];
      }
      return [{ ...said, at: "value" }];
  }
}

function missing(path: YamlPath): Finding {
  const key = String(path.at(-1));
  return { path, at: "key", code: "missing-key", message: `${shown(path)} is missing`, hint: `add ${key}: …` };
}

function unknownKey(path: YamlPath, known: readonly string[], suggest: Suggest): Finding {
  const meant = suggest(String(path.at(-1)), known);
  const hint = meant === null ? `known here: ${known.join(", ")}` : `did you mean ${meant}?`;
  const message = `${shown(path)} is not a key of the fleet file`;
  const instead = meant === null ? {} : { instead: [...path.slice(0, -1), meant] };
  return { path, at: "key", code: "unknown-key", message, hint, ...instead };
}

/** Of several accepted forms, the one that was probably meant: right in kind, with the fewest mistakes. Null: none is near. */
function likelyBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const near = branches.filter((issues) => !issues.some(wrongKind));
  return near.reduce<readonly Issue[] | null>(
    (best, issues) => (best === null || issues.length < best.length ? issues : best),
    null,
  );
}

function wrongKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return likelyBranch(issue.errors) === null;
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

/** Messages of `words.ts` carry their code. */
function told(message: string): readonly [string, string] {
  const match = /^([a-z-]+)\|(.*)$/s.exec(message);
  return match === null ? ["bad-value", message] : [match[1] ?? "", match[2] ?? ""];
}

function valueAt(root: unknown, path: YamlPath): unknown {
  let at: unknown = root;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** `services.blog.routes[1]`; what users made up is cut and quoted, so that a message stays one line. */
export function shown(path: YamlPath): string {
  if (path.length === 0) return "the fleet file";
  return path.map((part, at) => (typeof part === "number" ? `[${part}]` : (at > 0 ? "." : "") + word(part))).join("");
}

const word = (text: string): string => (/^[\w-]{1,60}$/.test(text) ? text : JSON.stringify(text.slice(0, 60)));

/** Values may hold what is nobody's business: connection strings, headers, bodies are not quoted. */
function describe(value: unknown, path: YamlPath): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  const secretive = value.length > 60 || value.includes("://") || path.includes("headers") || path.includes("json");
  return secretive ? "a text" : JSON.stringify(value);
}

function kindName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    object: "a map",
    record: "a map",
    array: "a list",
    string: "a text",
  };
  return names[expected] ?? `a ${expected}`;
}
