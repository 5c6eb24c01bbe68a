import { endAgent } from "../../hosts/local/end-agent.ts";
import { localHost } from "../../hosts/local/local-host.ts";
import { systemClock } from "../../io/clock.ts";
import { processEnvironment } from "../../io/environment.ts";
import { programEntry } from "../../io/program-entry.ts";
import { problem, Refused } from "../../problem.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { agentFolder } from "../workplace.ts";

/** The supervisor on this host. Stopping it stops nothing else: instances and routers outlive it. */
export async function agent(call: Call): Promise<number> {
  const action = String(call.args[0]);
  if (!["start", "stop", "status"].includes(action)) {
    throw new Refused([
      problem("unknown-action", `there is no ${JSON.stringify(action)}`, "it is start, stop or status"),
    ]);
  }
  const stateFolder = agentFolder(processEnvironment());
  const host = localHost({ stateFolder, agentEntry: programEntry("agent") });
  const running = action === "start" ? await host.connect(call.stop) : await host.find(call.stop);
  if (running === null) {
    if (wantsJson(call)) printJson({ formatVersion: 1, running: false, folder: stateFolder });
    else process.stdout.write(`no agent runs (${stateFolder})\n`);
    return EXIT.done;
  }
  try {
    if (action === "stop") {
      await endAgent(running, { clock: systemClock, signal: call.stop });
      if (wantsJson(call)) printJson({ formatVersion: 1, running: false, folder: stateFolder });
      else process.stdout.write("the agent has stopped; instances and routers go on\n");
      return EXIT.done;
    }
    const [hello, scopes] = await Promise.all([
      running.call("hello", {}, call.stop),
      running.call("scopes", {}, call.stop),
    ]);
    if (wantsJson(call)) printJson({ formatVersion: 1, running: true, folder: stateFolder, agent: hello, scopes });
    else process.stdout.write(`the agent runs: ${JSON.stringify(hello)}\n`);
    return EXIT.done;
  } finally {
    running.close();
  }
}
