import { appendFileSync } from "node:fs";

/** Adds to a file of somebody else's, who reads it later; makes it where it is missing. */
export const appendText = (path: string, text: string): void => appendFileSync(path, text);
