import { spawn } from "node:child_process";

export type OnceGone = Readonly<{
  /** Of shell; the words are its `$1` and on, and never part of it. */
  line: string;
  words: readonly string[];
  /** Whose rights it has; omitted: ours. */
  user?: Readonly<{ uid: number; gid: number }> | null;
}>;

/** Does something once this process is gone, however it goes: a pipe that only we hold tells a process of its own. Returns how to call it off. */
export function onceGone({ line, words, user = null }: OnceGone): () => void {
  const sentinel = spawn("sh", ["-c", `read -r _; ${line}`, "sh", ...words], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    ...(user ?? {}),
  });
  sentinel.on("error", () => undefined);
  sentinel.stdin.on("error", () => undefined);
  sentinel.unref();
  if ("unref" in sentinel.stdin && typeof sentinel.stdin.unref === "function") sentinel.stdin.unref();
  return () => {
    sentinel.kill("SIGKILL");
    sentinel.stdin.destroy();
  };
}
