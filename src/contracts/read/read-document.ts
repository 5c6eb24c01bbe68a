import { type Problem, problem } from "../../problem.ts";
import type { Document, ReadDocument } from "./document.ts";
import { child, type Node, numberOf, type Spot, textOf } from "./node.ts";
import { parseTree, type Ref } from "./parse-tree.ts";
import { type Place, placesIn } from "./place.ts";
import { splitRef, walk } from "./refs.ts";

/** A file's text by its path; null where there is none. */
export type ReadText = (file: string) => Promise<string | null>;

/** More files than any contract is split into. */
const MOST_FILES = 2000;

type Loaded = Readonly<{ root: Node; refs: readonly Ref[] }>;

/** A contract and every file that it refers to. What is wrong with it is told with its place, and all at once. */
export async function readDocument(file: string, read: ReadText): Promise<ReadDocument> {
  const ids = { next: 0 };
  const files = new Map<string, Node>();
  const places = new Map<string, (offset: number) => Place>();
  const problems: Problem[] = [];
  const place = ({ file: of, offset }: Spot): Place => places.get(of)?.(offset) ?? { file: of, line: 1, column: 1 };
  const load = async (path: string, asked: Node | null): Promise<Loaded | null> => {
    const text = await read(path);
    if (text === null) {
      const where = asked === null ? { file: path, line: null, column: null } : place(asked);
      problems.push({ ...problem("contract-missing", `there is no file ${path}`, "correct the path"), ...where });
      return null;
    }
    places.set(path, placesIn(path, text));
    const parsed = parseTree({ file: path, text }, ids);
    problems.push(...parsed.problems);
    if (parsed.root === null) return null;
    files.set(path, parsed.root);
    return { root: parsed.root, refs: parsed.refs };
  };
  const top = await load(file, null);
  if (top === null) return { kind: "problems", problems: problems.length > 0 ? problems : [empty(file)] };
  const { root } = top;
  const versions = versionOf(root);
  if (versions.version === null) return { kind: "problems", problems: [{ ...versions.problem, ...place(root) }] };
  const tried = new Set([file]);
  const open = [top];
  const refs: Ref[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { ref, at } of next.refs) {
      refs.push({ ref, at });
      const target = splitRef(ref, at.file);
      if (target === null || tried.has(target.file)) continue;
      tried.add(target.file);
      if (tried.size > MOST_FILES) break;
      const loaded = await load(target.file, at);
      if (loaded !== null) open.push(loaded);
    }
  }
  const known = new Map<string, Node | null>();
  const follow: Document["follow"] = (ref, from) => {
    const key = `${from}\0${ref}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const target = splitRef(ref, from);
    const there = target === null ? undefined : files.get(target.file);
    const found = target === null || there === undefined ? null : walk(there, target.steps);
    known.set(key, found);
    return found;
  };
  problems.push(...deadRefs(refs, { files, follow, place }));
  if (problems.length > 0) return { kind: "problems", problems };
  return { kind: "document", document: { file, root, version: versions.version, files, place, follow } };
}

const empty = (file: string): Problem => ({
  ...problem(
    "contract-syntax",
    "the file is empty",
    "write an OpenAPI document, or `contract: none` in the fleet file",
  ),
  file,
});

type Versions = Readonly<{ version: string; problem: null } | { version: null; problem: Problem }>;

function versionOf(root: Node): Versions {
  const given = child(root, "openapi");
  const version = textOf(given) ?? (numberOf(given) === null ? null : String(numberOf(given)));
  if (version !== null && /^3\.[0-9]/.test(version)) return { version, problem: null };
  const old = textOf(child(root, "swagger"));
  const is = old !== null ? `Swagger ${old}` : version === null ? "no OpenAPI document" : `OpenAPI ${version}`;
  return {
    version: null,
    problem: problem("contract-version", `it is ${is}, and OpenAPI 3 is what can be compared`, "write it as OpenAPI 3"),
  };
}

/** Where a file is missing that has been told already. */
function deadRefs(
  refs: readonly Ref[],
  { files, follow, place }: Pick<Document, "files" | "follow" | "place">,
): readonly Problem[] {
  return refs.flatMap(({ ref, at }) => {
    if (follow(ref, at.file) !== null) return [];
    const target = splitRef(ref, at.file);
    if (target === null) {
      const hint = "keep a copy beside the contract: nothing of the web is read";
      return [{ ...problem("contract-ref", `${ref} is not in this repository`, hint), ...place(at) }];
    }
    if (!files.has(target.file)) return [];
    return [{ ...problem("contract-ref", `${ref} leads nowhere`, "correct it, or add what it names"), ...place(at) }];
  });
}
