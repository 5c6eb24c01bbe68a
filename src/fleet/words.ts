import { z } from "zod";
import { DURATION, milliseconds } from "./duration.ts";

/** The code of a problem and what was expected, in the one string that zod carries; `issues.ts` takes it apart. */
export const expected = (code: string, what: string): string => `${code}|expected ${what}`;

export const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** Names become keys of records, names of files and parts of commands. */
export const name = z
  .string({ error: expected("bad-name", "a name in lower case, such as user-auth") })
  .regex(NAME, expected("bad-name", "1 to 40 of a-z, 0-9 and -, beginning with a letter and not ending with -"))
  .refine((text) => text !== "constructor", expected("bad-name", 'a name other than "constructor"'));

const STAYS_INSIDE = /^(?![/~]|[A-Za-z]:)(?!(?:.*\/)?\.\.(?:\/|$))/;
// Without the flag u and its classes: editors compile the patterns of a JSON Schema in their own way.
const PLAIN_PATH = /^(?!-)(?!.*["'`$\\|;&<>*?(){}])[ -~\u00a0-\u2027\u202a-\ud7ff\uf900-\ufffd]{1,400}$/;

const insidePath = (what: string) =>
  z
    .string({ error: expected("bad-path", what) })
    .regex(STAYS_INSIDE, expected("path-outside", "a path inside the repository"));

const plainPath = expected("bad-path", "a path without quotes, $, braces and the like, not beginning with -");

export const path = (what: string) => insidePath(what).regex(PLAIN_PATH, plainPath);

/** A path in which `{service}` stands for the service's name. */
export const pathForService = insidePath('a path such as "env/staging/{service}.env"').refine(
  (text) => PLAIN_PATH.test(text.replaceAll("{service}", "service")),
  plainPath,
);

const shown = "a duration such as 250ms, 10s or 2m";
const anyDuration = z
  .string({ error: expected("bad-duration", shown) })
  .regex(DURATION, expected("bad-duration", shown))
  .refine((text) => !(milliseconds(text) > 86_400_000), expected("bad-duration", "at most 24h"));

export const duration = anyDuration;

/** Of something that is done again and again. */
export const period = anyDuration.refine(
  (text) => !(milliseconds(text) < 10),
  expected("bad-duration", "at least 10ms between two attempts"),
);

/** Of something that must have time to happen. */
export const timeout = anyDuration.refine(
  (text) => !(milliseconds(text) < 100),
  expected("bad-duration", "at least 100ms to wait"),
);

export const integer = (least: number, most: number) => {
  const what = expected("bad-value", `a whole number from ${least} to ${most}`);
  return z.int({ error: what }).min(least, what).max(most, what);
};

const WITHOUT_CONTROL = /^[ -~\u00a0-\u2027\u202a-\uffff]*$/;

/** A sentence for people. */
export const why = z
  .string({ error: expected("bad-value", "a sentence that says why") })
  .regex(/\S/, expected("bad-value", "a sentence that says why"))
  .regex(WITHOUT_CONTROL, expected("bad-value", "one line"))
  .max(400, expected("bad-value", "at most 400 characters"));

export const word = (what: string, pattern: RegExp) =>
  z.string({ error: expected("bad-value", what) }).regex(pattern, expected("bad-value", what));

export const argv = z
  .array(
    z
      .string({ error: expected("bad-value", "a word in quotes") })
      .refine((text) => !text.includes("\0"), expected("bad-value", "a word without NUL"))
      .max(4096, expected("bad-value", "at most 4096 characters")),
    { error: expected("bad-value", 'a list of words, such as ["node", "dist/main.js"]') },
  )
  .min(1, expected("bad-value", "at least the program to run"))
  .refine(
    (words) => words[0] === undefined || /^[^-\s]/.test(words[0]),
    expected("bad-value", "a program to run first"),
  );

export const headers = z.record(
  word("a header's name", /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/),
  word("a header's value, one line of text", /^[\t\u0020-\u007e\u0080-\u00ff]{0,4000}$/),
  { error: expected("bad-value", "headers by their names") },
);

/** A list with something in it; `one` is what there must be one of at least. */
export const someOf = <T extends z.ZodType>(item: T, list: string, one: string) =>
  z.array(item, { error: expected("bad-value", list) }).min(1, expected("bad-value", `at least one ${one}`));
