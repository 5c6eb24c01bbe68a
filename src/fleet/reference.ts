import { z } from "zod";
import { fleetSchema } from "./schema.ts";

/** JSON Schema of sampan.yaml, for editors: the schema that Sampan itself checks with. */
export function jsonSchema(): unknown {
  const schema = z.toJSONSchema(fleetSchema, { io: "input", target: "draft-7", unrepresentable: "any" });
  return {
    ...schema,
    title: "sampan.yaml",
    description: "The services of a repository and the environments they run in.",
  };
}

/** The reference page: the annotated example, cut at its headings, and a table of all keys. */
export function referencePage(example: string): string {
  const [intro = "", ...sections] = example.split(/^## /m);
  const shownSections = sections.map((section) => {
    const end = section.indexOf("\n");
    return `## ${section.slice(0, end)}\n\n\`\`\`yaml\n${section.slice(end).trim()}\n\`\`\`\n`;
  });
  return [
    "# sampan.yaml",
    "<!-- Generated from sampan.example.yaml and the schema by scripts/generate-reference.mjs. -->",
    intro.replace(/^# ?/gm, "").trim(),
    "Editors check and complete it with [sampan.schema.json](sampan.schema.json); the whole example is [sampan.example.yaml](sampan.example.yaml).",
    ...shownSections.map((section) => section.trim()),
    "## All keys",
    ["| Key | What it says |", "|---|---|", ...rows(fleetSchema, "", new Set())].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

/** `seen`: a form that is accepted in two places is explained in the first. */
function rows(schema: z.core.$ZodType, around: string, seen: Set<z.core.$ZodType>): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return rows(schema.unwrap(), around, seen);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => rows(option, around, seen));
  if (schema instanceof z.ZodArray) return rows(schema.element, `${around}[]`, seen);
  if (schema instanceof z.ZodRecord) return rows(schema.valueType, `${around}.*`, seen);
  if (!(schema instanceof z.ZodObject) || seen.has(schema)) return [];
  seen.add(schema);
  return Object.entries<z.ZodType>(schema.shape).flatMap(([key, inner]) => {
    const path = around === "" ? key : `${around}.${key}`;
    return [`| \`${path}\` | ${inner.description ?? ""} |`, ...rows(inner, path, seen)];
  });
}
