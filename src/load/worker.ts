import { assertNever } from "../assert-never.ts";
import { endProcess } from "../io/end-process.ts";
import { runEvents } from "./events.ts";
import type { FromLoad, Mix, ToLoad } from "./mix.ts";
import { runRequests } from "./requests.ts";
import { Tally } from "./tally.ts";
import { runWebSockets } from "./websockets.ts";

// The load's own process: it shares no event loop with what it measures.
const tally = new Tally();
const over = new AbortController();

over.signal.addEventListener("abort", () => tally.over());

const tell = (message: FromLoad): void => {
  process.send?.(message);
};

process.on("message", (message: ToLoad) => {
  switch (message.kind) {
    case "start":
      if (message.seconds !== null) setTimeout(() => over.abort(), message.seconds * 1000).unref();
      void run(message.base, message.mixes);
      break;
    case "retired":
      tally.retire(message.mix, message.version);
      break;
    case "revived":
      tally.revive(message.mix, message.version);
      break;
    case "stop":
      over.abort();
      break;
    default:
      assertNever(message);
  }
});
// Whoever wanted the report is gone.
process.on("disconnect", () => endProcess(0));

async function run(base: string, mixes: readonly Mix[]): Promise<void> {
  tell({ kind: "started" });
  await Promise.all(mixes.map((mix) => runMix(base, mix)));
  tell({ kind: "report", report: tally.report() });
}

function runMix(base: string, mix: Mix): Promise<void> {
  switch (mix.kind) {
    case "request":
      return runRequests({ base, mix, tally }, over.signal);
    case "events":
      return runEvents({ base, mix, tally }, over.signal);
    case "websocket":
      return runWebSockets({ base, mix, tally }, over.signal);
    default:
      return assertNever(mix);
  }
}
