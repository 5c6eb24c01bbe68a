import { z } from "zod";
import { argv, expected, timeout, word } from "./words.ts";

/** What values are written as: taken for references, every one of them would be. */
const PLAIN = new Set(
  "http https ws wss postgres postgresql mysql mariadb mongodb redis rediss amqp amqps kafka nats smtp smtps s3 gs file sqlite jdbc data".split(
    " ",
  ),
);

const PLACEHOLDER = /\{(?:reference|path|field)\}/;

const prefix = word("the beginning of a reference, such as op://", /^[a-z][a-z0-9+.-]{0,30}:(?:\/\/)?$/).refine(
  (text) => !PLAIN.has(text.replace(/:.*/, "")),
  expected("bad-value", "another beginning than addresses have"),
);

const command = argv
  .refine(
    (words) => words.slice(1).some((one) => PLACEHOLDER.test(one)),
    expected("bad-value", "{reference}, or {path} and {field}, in one of its words"),
  )
  .refine((words) => !PLACEHOLDER.test(words[0] ?? ""), expected("bad-value", "a program that no reference names"));

/** Values that begin so are what a command says of them. */
export const referencesSchema = z.record(
  prefix,
  z.union(
    [
      command,
      z.strictObject({
        command: command.describe("A program and its arguments; no shell reads them."),
        timeout: timeout.optional().describe("How long it may take; default 30s."),
      }),
    ],
    { error: expected("bad-value", "a command such as [op, read, '{reference}']") },
  ),
  { error: expected("bad-value", "commands by the beginnings of references") },
);
