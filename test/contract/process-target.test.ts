import { describe, test } from "vitest";
import type { RouterSpec } from "../../src/fleet/fleet.ts";
import { noHaproxy } from "../haproxy.ts";
import { agentRig, webProgram } from "./agent-rig.ts";
import { targetContract } from "./targets.contract.ts";
import { trafficContract } from "./traffic.contract.ts";

const contractBehind = (name: string, router: RouterSpec): void =>
  targetContract(name, async () => {
    const rig = agentRig();
    return {
      target: (fleet, environment) => rig.target(fleet, environment, router),
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

contractBehind("the process target", { kind: "builtin" });
trafficContract("the builtin router", { kind: "builtin" });

describe("behind HAProxy", () => {
  if (noHaproxy === null) {
    contractBehind("the process target", { kind: "haproxy", image: null });
    trafficContract("HAProxy", { kind: "haproxy", image: null });
  } else test.skip(noHaproxy, () => {});
});
