import pLimit from "p-limit";
import { runBytes } from "../io/exec.ts";
import type { Reference } from "./reference.ts";

export type Resolved = Readonly<{ kind: "value"; value: string } | { kind: "unresolved"; why: string }>;

export type ResolveReference = (reference: Reference) => Promise<Resolved>;

/** No process can be given a longer variable. */
const LARGEST = 128 * 1024;

/** Programs that run at once: each asks a server, and waits more than it works. */
const AT_ONCE = 8;

/** Each distinct reference is asked for once, several side by side, and kept for as long as this resolver is. */
export function createResolver(
  at: Readonly<{ cwd: string; env: Readonly<Record<string, string>>; signal: AbortSignal }>,
): ResolveReference {
  const limit = pLimit(AT_ONCE);
  const asked = new Map<string, Promise<Resolved>>();
  return (reference) => {
    const key = JSON.stringify(reference.argv);
    const known = asked.get(key) ?? limit(() => resolve(reference, at));
    asked.set(key, known);
    return known;
  };
}

/** What it says on stdout without one newline at its end; of what else it says nothing is told, because it may be the secret. */
async function resolve(
  { argv, timeout }: Reference,
  at: Readonly<{ cwd: string; env: Readonly<Record<string, string>>; signal: AbortSignal }>,
): Promise<Resolved> {
  const tooMuch = new AbortController();
  const ran = await runBytes({
    argv,
    cwd: at.cwd,
    env: at.env,
    timeout,
    keep: LARGEST + 1,
    signal: AbortSignal.any([at.signal, tooMuch.signal]),
    tee: countTo(4 * LARGEST, () => tooMuch.abort()),
  });
  at.signal.throwIfAborted();
  const unresolved = (why: string): Resolved => ({ kind: "unresolved", why });
  if (ran.stdout.length > LARGEST || tooMuch.signal.aborted) return unresolved("says more than 128 KiB");
  if (ran.failure === "not-found") return unresolved("is not installed here");
  if (ran.failure === "not-started") return unresolved("could not be started");
  if (ran.failure === "timeout") return unresolved(`said nothing within ${timeout / 1000} s`);
  if (ran.exitCode === null) return unresolved("was killed");
  if (ran.exitCode !== 0) return unresolved(`ended with exit code ${ran.exitCode}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(ran.stdout);
  } catch {
    return unresolved("says what is not UTF-8");
  }
  if (text.includes("\0")) return unresolved("says a NUL byte, which no process can be given");
  const value = text.replace(/\r?\n$/, "");
  return value === "" ? unresolved("says nothing") : { kind: "value", value };
}

/** Calls once, when more bytes than `most` have come. */
function countTo(most: number, then: () => void): (piece: Uint8Array) => void {
  let left = most;
  return ({ length }) => {
    left -= length;
    if (left < 0) then();
  };
}
