import { join } from "node:path";
import { z } from "zod";
import { scopeSchema } from "../agent/protocol.ts";
import { endAgent } from "../hosts/local/end-agent.ts";
import { localHost } from "../hosts/local/local-host.ts";
import { systemClock } from "../io/clock.ts";
import { existsFolder } from "../io/folders.ts";
import { programEntry } from "../io/program-entry.ts";
import { stopPostgres } from "../postgres/stop-postgres.ts";

const scopesSchema = z.array(z.looseObject({ scope: scopeSchema }));

/** Ends the agent, routers, instances and PostgreSQL of a demo's folder, each found by its own record; nothing else. */
export async function closeHarbour({
  folder,
  signal,
}: Readonly<{ folder: string; signal: AbortSignal }>): Promise<void> {
  const stateFolder = join(folder, "state", "agent");
  if (existsFolder(stateFolder)) {
    const agent = await localHost({ stateFolder, agentEntry: programEntry("agent") }).connect(signal);
    try {
      for (const { scope } of scopesSchema.parse(await agent.call("scopes", {}, signal))) {
        const fence = await agent.call("claim", { scope, owner: "demo" }, signal);
        await agent.call("teardown", { scope, fence }, signal);
      }
      await endAgent(agent, { clock: systemClock, signal });
    } finally {
      agent.close();
    }
  }
  const postgres = join(folder, "postgres");
  if (existsFolder(postgres)) await stopPostgres(postgres);
}
