import { z } from "zod";
import { type ParsedYaml, parseYaml } from "../../fleet/parse-yaml.ts";
import { offsetsAt, type YamlPath, type YamlTree } from "../../fleet/yaml-tree.ts";
import type { Problem } from "../../problem.ts";
import type { Checklist, ChecklistItem } from "./checklist.ts";

const line = z.string().trim().min(1).max(500);

const item = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "lower-case letters, digits and dashes, such as backup-checked"),
  text: z.union([line, z.strictObject({ en: line, ru: line.optional() })]),
  by: z.array(line).min(1).optional(),
  evidence: z.enum(["link", "output", "file", "none"]).default("none"),
  required: z.boolean().default(true),
});

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
  read.data.items.forEach(({ id }, index) => {
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
  const items = read.data.items.map(
    ({ text: words, by, ...rest }): ChecklistItem => ({
      ...rest,
      text: typeof words === "string" ? { en: words, ru: null } : { en: words.en, ru: words.ru ?? null },
      by: by ?? null,
    }),
  );
  return { kind: "checklist", checklist: { file, items } };
}

type In = Readonly<{ parsed: ParsedYaml; tree: YamlTree; file: string }>;

function problemsOf(issue: z.core.$ZodIssue, where: In): readonly Problem[] {
  const path = issue.path as YamlPath;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      code: "unknown-key",
      ...placeOf([...path, key], "key", where),
      message: `${shown([...path, key])} is not a key of a checklist`,
      hint: path.length === 0 ? "known here: items" : "known here: id, text, by, evidence, required; of text: en, ru",
    }));
  }
  const message =
    issue.code === "invalid_union" ? "expected a text, or { en: …, ru: … }" : issue.message.replace(/\s+/g, " ");
  return [
    { code: "bad-checklist", ...placeOf(path, "value", where), message: `${shown(path)}: ${message}`, hint: null },
  ];
}

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
