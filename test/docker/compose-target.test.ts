import { systemClock } from "../../src/io/clock.ts";
import { freePort } from "../../src/io/free-port.ts";
import { agentRig } from "../contract/agent-rig.ts";
import { targetContract } from "../contract/targets.contract.ts";
import { CONTAINER_PROGRAM, ContainerTarget, containerOf, IMAGE } from "./container-rig.ts";

targetContract("the compose target", async () => {
  const rig = agentRig();
  return {
    target: async (fleet, environment) => {
      const listen = { host: "127.0.0.1", port: await freePort() };
      const target = new ContainerTarget(
        { fleet, environment, listen, router: { kind: "builtin" }, hosts: [rig.host], clock: systemClock },
        containerOf(CONTAINER_PROGRAM),
      );
      rig.adopt(target);
      return target;
    },
    source: async () => IMAGE,
    kill: async (target, handle) => {
      const { services } = await target.observe({ signal: new AbortController().signal });
      const found = services[handle.service]?.instances.find(({ id }) => id === handle.id);
      if (found?.pid == null) throw new Error(`${handle.id} has no process`);
      process.kill(found.pid, "SIGKILL");
    },
    close: rig.close,
  };
});
