import { z } from "zod";

type Path = readonly (string | number)[];

/** The keys that the schema knows at a path: of all accepted forms together. */
export function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  return [
    ...new Set(formsAt(schema, path).flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []))),
  ];
}

function formsAt(schema: z.core.$ZodType, path: Path): readonly z.core.$ZodType[] {
  const forms = unwrap(schema);
  const [part, ...rest] = path;
  if (part === undefined) return forms;
  return forms.flatMap((form) => {
    const inner = step(form, part);
    return inner === null ? [] : formsAt(inner, rest);
  });
}

function unwrap(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  return [schema];
}

function step(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | null {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, part) ? (schema.shape[part] ?? null) : null;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return null;
}

/** Every key of the schema as a path, `*` standing for a name that the user gives: for the test of the annotated example. */
export function allKeys(schema: z.core.$ZodType, around = ""): readonly string[] {
  return [
    ...new Set(
      unwrap(schema).flatMap((form) => {
        if (form instanceof z.ZodObject) {
          return Object.entries<z.core.$ZodType>(form.shape).flatMap(([key, inner]) => {
            const path = around === "" ? key : `${around}.${key}`;
            return [path, ...allKeys(inner, path)];
          });
        }
        if (form instanceof z.ZodRecord) return allKeys(form.valueType, `${around}.*`);
        if (form instanceof z.ZodArray) return allKeys(form.element, around);
        return [];
      }),
    ),
  ];
}
