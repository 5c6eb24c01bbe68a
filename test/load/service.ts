// The load's backend as a service that is deployed: what it is like stands in its behaviour.json.
import { appendFileSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { startBackend } from "./backend.ts";

export type LoadBehaviour = Readonly<{
  version: string;
  health?: number;
  work?: number;
  crashesAfter?: number;
  /** Logs an error with the first POST: nobody sees it before there is traffic. */
  errorsUnderTraffic?: boolean;
}>;

const read = (name: string): unknown => JSON.parse(readFileSync(name, "utf8"));
const behaviour = read("behaviour.json") as LoadBehaviour;
const artifact = process.env.SAMPAN_ARTIFACT ?? null;
// In containers every process is the first.
const things = join(process.env.THINGS ?? ".", `${hostname()}-${process.pid}-${Date.now()}`);
const log = (level: number, msg: string): void => console.log(JSON.stringify({ level, msg }));

startBackend({
  version: behaviour.version,
  prefix: "/load",
  port: Number(process.env.PORT),
  host: process.env.HOST ?? "127.0.0.1",
  recorded: (id) => {
    appendFileSync(things, `${id}\n`);
    if (behaviour.errorsUnderTraffic === true) log(50, "the cache is gone");
  },
  answer: (path) => {
    if (path === "/health" || path === "/version") return { status: behaviour.health ?? 200, body: { artifact } };
    if (path === "/load/work") return { status: behaviour.work ?? 200, body: {} };
    return null;
  },
}).then((backend) => {
  log(30, `listening as ${behaviour.version}`);
  if (behaviour.crashesAfter !== undefined) setTimeout(() => process.exit(7), behaviour.crashesAfter);
  process.on("SIGTERM", () => void backend.close().then(() => process.exit(0)));
});
