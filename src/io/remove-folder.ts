import { rmSync } from "node:fs";

/** Deletes a folder and all that is in it, in this very tick. Nothing there is success. */
export const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });
