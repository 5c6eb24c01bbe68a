import { z } from "zod";

const names = z.record(z.string(), z.string()).catch({});

const schema = z.looseObject({
  name: z.string().catch(""),
  version: z.string().catch("0.0.0"),
  scripts: names.default({}),
  dependencies: names.default({}),
  devDependencies: names.default({}),
  optionalDependencies: names.default({}),
  peerDependencies: names.default({}),
  packageManager: z.string().optional().catch(undefined),
  workspaces: z
    .union([z.array(z.string()), z.object({ packages: z.array(z.string()) }).transform((value) => value.packages)])
    .optional()
    .catch(undefined),
});

/** A package.json as far as artifacts depend on it; the fields that are not named here are kept as they stand. */
export type PackageJson = Readonly<z.infer<typeof schema>>;

/** Null when the text is not a JSON object. */
export function parsePackageJson(text: string): PackageJson | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
