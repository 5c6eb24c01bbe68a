import { stripVTControlCharacters } from "node:util";

/** Control characters, line separators and direction marks. */
const FORGING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * One line, whatever somebody else wrote into it: an escape or a newline in a branch name or a log line would let it forge what
 * Sampan says.
 */
export const oneLine = (text: string): string => stripVTControlCharacters(text).replace(FORGING, " ");
