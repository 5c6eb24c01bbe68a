import { existsSync } from "node:fs";
import { join } from "node:path";
import { endAgent } from "../../src/hosts/local/end-agent.ts";
import { localHost } from "../../src/hosts/local/local-host.ts";
import { systemClock } from "../../src/io/clock.ts";
import { programEntry } from "../../src/io/program-entry.ts";

/** Ends the agent, the routers and the instances of a SAMPAN_HOME, each by its own record. */
export async function endAgentOf(home: string): Promise<void> {
  const agent = join(home, "agent");
  if (!existsSync(agent)) return;
  const signal = AbortSignal.timeout(20_000);
  const connection = await localHost({ stateFolder: agent, agentEntry: programEntry("agent") }).connect(signal);
  const scopes = (await connection.call("scopes", {}, signal)) as { scope: { fleet: string; environment: string } }[];
  for (const { scope } of scopes) {
    const fence = await connection.call("claim", { scope, owner: "clean-up" }, signal);
    await connection.call("teardown", { scope, fence }, signal);
  }
  await endAgent(connection, { clock: systemClock, signal });
}
