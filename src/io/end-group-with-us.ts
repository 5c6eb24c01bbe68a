import { spawn } from "node:child_process";

/**
 * Kills a process group once this process is gone, however it goes: a pipe that only we hold tells it. Returns how to call it off,
 * which is to be done as soon as the group has ended: its number may become another's.
 */
export function endGroupWithUs(group: number): () => void {
  const sentinel = spawn("sh", ["-c", 'read -r _; kill -KILL -- "-$1"', "sh", String(group)], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
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
