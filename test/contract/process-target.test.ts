import { agentRig, webProgram } from "./agent-rig.ts";
import { targetContract } from "./targets.contract.ts";

targetContract("the process target", async () => {
  const rig = agentRig();
  return {
    target: rig.target,
    source: async (version) => rig.bundle(version, webProgram(version)),
    kill: async (target, handle) => {
      const { services } = await target.observe({ signal: new AbortController().signal });
      const found = services[handle.service]?.instances.find(({ id }) => id === handle.id);
      if (found?.pid === null || found === undefined) throw new Error(`${handle.id} has no process`);
      process.kill(found.pid, "SIGKILL");
    },
    close: rig.close,
  };
});
