import { z } from "zod";
import { type ParsedYaml, parseYaml } from "../../fleet/parse-yaml.ts";
import { offsetsAt, type YamlPath, type YamlTree } from "../../fleet/yaml-tree.ts";
import type { Problem } from "../../problem.ts";
import { AUTOMATIC_TEXTS } from "./automatic-texts.ts";
import { AUTOMATIC, type Automatic, type Checklist, type ChecklistItem } from "./checklist.ts";

const line = z.string().trim().min(1).max(500);

/** Over HTTP or HTTPS, and no password in it: the file is in the repository. */
const address = line.refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}, "an address such as https://monitoring.example/-/ready, without a password");

const automatic = z.union([
  z.enum(AUTOMATIC),
  z.strictObject({ monitoring: z.union([address, z.array(line).min(1).max(50)]) }),
]);

const item = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "lower-case letters, digits and dashes, such as backup-checked"),
  text: z.union([line, z.strictObject({ en: line, ru: line.optional() })]).optional(),
  by: z.array(line).min(1).optional(),
  evidence: z.enum(["link", "output", "file", "none"]).optional(),
  required: z.boolean().default(true),
  automatic: automatic.optional(),
  orPerson: z.boolean().optional(),
});

type ItemFile = z.infer<typeof item>;

const checklist = z.strictObject({ items: z.array(item).min(1).max(200) });

export type ParsedChecklist = Readonly<
  { kind: "checklist"; checklist: Checklist } | { kind: "problems"; problems: readonly Problem[] }
>;

/** Reads a checklist; all that is wrong is said at once, with its place. */
export function parseChecklist(text: string, file: string): ParsedChecklist {
  const parsed = parseYaml(text, file);
  const { tree } = parsed;
  if (tree === null) return { kind: "problems", problems: parsed.problems };
  const read = checklist.safeParse(tree.value);
  const problems = [...parsed.problems];
  if (!read.success) {
    for (const issue of read.error.issues) problems.push(...problemsOf(issue, { parsed, tree, file }));
    return { kind: "problems", problems };
  }
  const seen = new Set<string>();
  read.data.items.forEach((one, index) => {
    const { id } = one;
    for (const [key, message, hint] of contradictions(one)) {
      const where = placeOf(["items", index, key], "key", { parsed, tree, file });
      problems.push({ code: "bad-checklist", ...where, message: `${id}: ${message}`, hint });
    }
    if (seen.has(id)) {
      const where = placeOf(["items", index, "id"], "value", { parsed, tree, file });
      problems.push({
        code: "duplicate-item",
        ...where,
        message: `the item ${id} is there twice`,
        hint: "give each item an id of its own",
      });
    }
    seen.add(id);
  });
  if (problems.length > 0) return { kind: "problems", problems };
  return { kind: "checklist", checklist: { file, items: read.data.items.map(normalised) } };
}

type Contradiction = readonly [key: string, message: string, hint: string];

/** What an item says that makes no sense beside what else it says. */
function contradictions(one: ItemFile): readonly Contradiction[] {
  if (one.automatic === undefined) {
    const said = (key: string, message: string, hint: string): Contradiction => [key, message, hint];
    return [
      ...(one.text === undefined ? [said("id", "it says nothing to confirm", "give it a text, or automatic: …")] : []),
      ...(one.orPerson === undefined
        ? []
        : [said("orPerson", "orPerson belongs to an automatic item", "leave it away: it is a person's anyway")]),
    ];
  }
  if (one.orPerson === true) return [];
  const hint = "leave it away, or let a person say it where Sampan cannot: orPerson: true";
  return (["by", "evidence"] as const)
    .filter((key) => one[key] !== undefined)
    .map((key) => [key, "nobody confirms an automatic item", hint]);
}

function normalised({ id, text, by, evidence, required, automatic: given, orPerson }: ItemFile): ChecklistItem {
  const found = given === undefined ? null : automaticOf(given);
  const words = text ?? (found === null ? "" : AUTOMATIC_TEXTS[found.kind]);
  return {
    id,
    text: typeof words === "string" ? { en: words, ru: null } : { en: words.en, ru: words.ru ?? null },
    by: by ?? null,
    evidence: evidence ?? "none",
    required,
    automatic: found,
    orPerson: orPerson ?? false,
  };
}

function automaticOf(given: NonNullable<ItemFile["automatic"]>): Automatic {
  if (typeof given === "string") return { kind: given };
  const { monitoring } = given;
  return typeof monitoring === "string"
    ? { kind: "monitoring", url: monitoring }
    : { kind: "monitoring", command: monitoring };
}

type In = Readonly<{ parsed: ParsedYaml; tree: YamlTree; file: string }>;

function problemsOf(issue: z.core.$ZodIssue, where: In): readonly Problem[] {
  const path = issue.path as YamlPath;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      code: "unknown-key",
      ...placeOf([...path, key], "key", where),
      message: `${shown([...path, key])} is not a key of a checklist`,
      hint:
        path.length === 0
          ? "known here: items"
          : "known here: id, text, by, evidence, required, automatic, orPerson; of text: en, ru",
    }));
  }
  const message = issue.code === "invalid_union" ? expectedAt(path) : issue.message.replace(/\s+/g, " ");
  return [
    { code: "bad-checklist", ...placeOf(path, "value", where), message: `${shown(path)}: ${message}`, hint: null },
  ];
}

const expectedAt = (path: YamlPath): string =>
  path.at(2) === "automatic"
    ? `expected ${AUTOMATIC.join(", ")} or { monitoring: https://… or [command, …] }`
    : "expected a text, or { en: …, ru: … }";

function placeOf(
  path: YamlPath,
  at: "key" | "value",
  { parsed, tree, file }: In,
): Pick<Problem, "file" | "line" | "column"> {
  return { file, ...parsed.place(offsetsAt(tree, path)[at]) };
}

const shown = (path: YamlPath): string =>
  path.length === 0
    ? "the checklist"
    : path
        .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at > 0 ? "." : ""}${part.slice(0, 60)}`))
        .join("");
