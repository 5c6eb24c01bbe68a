import { onceGone } from "./once-gone.ts";

/** Kills a process group once this process is gone. Returns how to call it off, which is to be done as soon as the group has ended: its number may become another's. */
export const endGroupWithUs = (group: number): (() => void) =>
  onceGone({ line: 'kill -KILL -- "-$1"', words: [String(group)] });
