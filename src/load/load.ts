import { fork } from "../io/fork.ts";
import { programEntry } from "../io/program-entry.ts";
import type { FromLoad, LoadReport, Mix, ToLoad } from "./mix.ts";

export type Load = Readonly<{
  pid: number;
  /** The switch away from `version` is complete: it must not answer a request of this mix that starts from now on. */
  retired(mix: string, version: string): void;
  /** It may answer again: somebody is about to go back to it. */
  revived(mix: string, version: string): void;
  /** Sends nothing new, waits for what is in flight and ends the load's process. May be called again. */
  stop(): Promise<LoadReport>;
}>;

/**
 * Traffic from a process of its own, until `stop`, `seconds` or the signal. Clients never retry. Resolves when the first
 * requests are on their way.
 */
export async function startLoad(
  options: Readonly<{ base: string; mixes: readonly Mix[]; seconds?: number; signal: AbortSignal }>,
): Promise<Load> {
  const child = fork(programEntry("load"), [], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const say = (message: ToLoad) => {
    if (child.connected) child.send(message);
  };
  const report = new Promise<LoadReport>((resolve, reject) => {
    child.on("message", (message: FromLoad) => {
      if (message.kind !== "report") return;
      resolve(message.report);
      child.disconnect();
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`the load's process ended early (${code ?? signal})`)));
  });
  report.catch(() => {});
  const started = new Promise<void>((resolve) => {
    child.on("message", (message: FromLoad) => {
      if (message.kind === "started") resolve();
    });
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = () => say({ kind: "stop" });
  options.signal.addEventListener("abort", stop, { once: true });
  say({ kind: "start", base: options.base, mixes: options.mixes, seconds: options.seconds ?? null });
  await Promise.race([started, report]);
  return {
    pid: child.pid ?? -1,
    retired: (mix, version) => say({ kind: "retired", mix, version }),
    revived: (mix, version) => say({ kind: "revived", mix, version }),
    stop: async () => {
      stop();
      try {
        return await report;
      } finally {
        options.signal.removeEventListener("abort", stop);
        await exited;
      }
    },
  };
}
