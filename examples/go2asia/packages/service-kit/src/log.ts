import { pino } from "pino";

export type Log = Readonly<Record<"debug" | "info" | "warn" | "error", (fields: object, message: string) => void>> & {
  child(fields: Record<string, unknown>): Log;
};

/** JSON lines on stdout with pino's level numbers (error is 50). Written at once: a crash loses no line. */
export function createLog(service: string, level: string): Log {
  return pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, errorKey: "error" },
    pino.destination({ fd: 1, sync: true }),
  );
}

/** For tests, which read answers and not logs. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
