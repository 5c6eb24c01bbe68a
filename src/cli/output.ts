import type { ReleaseDocument } from "../release/outcome.ts";
import type { Call } from "./call.ts";
import { exitOf } from "./exit-codes.ts";
import { outcomeText } from "./render/outcome.ts";
import { lineProgress, type Progress } from "./render/progress.ts";

export const wantsJson = (call: Call): boolean => call.options.json === true;

/** A terminal with a person in front of it. */
export const isInteractive = (call: Call): boolean =>
  !wantsJson(call) && process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.CI === undefined;

export const colours = (stream: { isTTY?: boolean }): boolean =>
  stream.isTTY === true && process.env.NO_COLOR === undefined;

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** With --json progress goes to stderr, so that stdout is one document. */
export async function progressFor(call: Call): Promise<Progress> {
  if (isInteractive(call)) return (await import("./render/live.ts")).liveProgress();
  const stream = wantsJson(call) ? process.stderr : process.stdout;
  return lineProgress((text) => stream.write(text), colours(stream));
}

/** Prints how a release ended and says with which code to exit. */
export function concluded(call: Call, document: ReleaseDocument): number {
  if (wantsJson(call)) printJson(document);
  else process.stdout.write(outcomeText(document, colours(process.stdout)));
  return exitOf(document.status);
}
