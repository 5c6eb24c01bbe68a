// The load's backend as a service that is deployed: what it is like stands in its behaviour.json.
import { appendFileSync, readFileSync } from "node:fs";
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
const bundle = read("sampan-bundle.json") as { artifact: string };
const things = join(process.env.THINGS ?? ".", `${process.pid}-${Date.now()}`);
const log = (level: number, msg: string): void => console.log(JSON.stringify({ level, msg }));

startBackend({
  version: behaviour.version,
  prefix: "/load",
  port: Number(process.env.PORT),
  recorded: (id) => {
    appendFileSync(things, `${id}\n`);
    if (behaviour.errorsUnderTraffic === true) log(50, "the cache is gone");
  },
  answer: (path) => {
    if (path === "/health" || path === "/version")
      return { status: behaviour.health ?? 200, body: { artifact: bundle.artifact } };
    if (path === "/load/work") return { status: behaviour.work ?? 200, body: {} };
    return null;
  },
}).then((backend) => {
  log(30, `listening as ${behaviour.version}`);
  if (behaviour.crashesAfter !== undefined) setTimeout(() => process.exit(7), behaviour.crashesAfter);
  process.on("SIGTERM", () => void backend.close().then(() => process.exit(0)));
});
