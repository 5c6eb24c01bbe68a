import { walk } from "../../io/folders.ts";
import { secretForms } from "../../variables/secret-forms.ts";
import { findValues } from "./find-values.ts";
import { searcher } from "./needles.ts";

/** Where a secret value lies; never what it is. */
export type Leak = Readonly<{
  /** Relative to the folder. */
  file: string;
  /** 1-based. */
  line: number;
  /** Name of the variable whose value it is. */
  name: string;
}>;

/**
 * Looks through all that a build has made, node_modules, binary and large files too, for the values of secret variables in
 * all of their forms. What looks like a secret, whosever it is, is looked for in the sources, before the build.
 */
export async function scanBundleForSecrets(
  folder: string,
  options: Readonly<{
    /** By the name of the variable. */
    values: Readonly<Record<string, string>>;
    /** Is a form of a value telling enough to be looked for? By default from eight characters on. */
    worth?: (form: string, value: string) => boolean;
  }>,
  signal: AbortSignal,
): Promise<readonly Leak[]> {
  const { worth = (form) => form.length >= 8 } = options;
  const needles = Object.entries(options.values).flatMap(([name, value]) =>
    [...secretForms(value)].filter((form) => worth(form, value)).map((form) => ({ name, bytes: Buffer.from(form) })),
  );
  if (needles.length === 0) return [];
  const search = searcher(needles);
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length));
  const leaks: Leak[] = [];
  for (const { path, kind } of walk(folder, (name) => name !== ".git")) {
    if (kind !== "file") continue;
    const found = await findValues(`${folder}/${path}`, { search, longest, signal });
    leaks.push(...found.map(({ name, line }) => ({ file: path, line, name })));
  }
  return leaks;
}
