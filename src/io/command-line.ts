import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The arguments that a process was started with; null when there is none, or it may not be seen. */
export function commandLine(pid: number): readonly string[] | null {
  try {
    if (process.platform === "linux") {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return args.length > 1 ? args.slice(0, -1) : null;
    }
    return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(" ");
  } catch {
    return null;
  }
}
