import { walk } from "../../io/folders.ts";
import { findValues } from "./find-values.ts";
import { secretLinter } from "./lint-secrets.ts";
import { searcher } from "./needles.ts";
import { secretForms } from "./secret-forms.ts";

/** Where something secret lies; never what it is. */
export type Leak = Readonly<{
  /** Relative to the folder. */
  file: string;
  /** 1-based. */
  line: number;
  /** `value of NAME` for a variable's value, else the rule that knows its form. */
  rule: string;
}>;

/**
 * Looks through a folder (a bundle, or a service's sources) for the values of secret variables in any of their usual
 * forms, and, outside node_modules, for whatever has the form of a key or a token. Values under six bytes are not looked for.
 */
export async function scanBundleForSecrets(
  folder: string,
  options: Readonly<{
    /** By the name of the variable. */
    values: Readonly<Record<string, string>>;
  }>,
  signal: AbortSignal,
): Promise<readonly Leak[]> {
  const needles = Object.entries(options.values).flatMap(([name, value]) =>
    secretForms(value).map((bytes) => ({ name, bytes })),
  );
  const search = searcher(needles);
  const longest = Math.max(0, ...needles.map(({ bytes }) => bytes.length));
  const lint = await secretLinter();
  const leaks: Leak[] = [];
  for (const { path, kind, size } of walk(folder, (name) => name !== ".git")) {
    signal.throwIfAborted();
    if (kind !== "file" || size === 0) continue;
    const at = `${folder}/${path}`;
    const values = needles.length === 0 ? [] : await findValues(at, { search, longest, signal });
    leaks.push(...values.map(({ name, line }) => ({ file: path, line, rule: `value of ${name}` })));
    if (/(?:^|\/)node_modules\//.test(path)) continue;
    leaks.push(...(await lint(at, size, signal)).map(({ rule, line }) => ({ file: path, line, rule })));
  }
  return leaks;
}
