import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe } from "vitest";
import { agentRig, webProgram } from "../contract/agent-rig.ts";
import { targetContract } from "../contract/targets.contract.ts";
import { haproxyImage } from "./haproxy-image.ts";

const never = new AbortController().signal;

describe("behind HAProxy in a container", () => {
  targetContract("the process target", async () => {
    const rig = agentRig();
    const image = haproxyImage();
    return {
      target: (fleet, environment) => rig.target(fleet, environment, { kind: "haproxy", image }),
      source: async (version) => rig.bundle(version, webProgram(version)),
      kill: async (target, handle) => {
        const { services } = await target.observe({ signal: never });
        const found = services[handle.service]?.instances.find(({ id }) => id === handle.id);
        if (found?.pid == null) throw new Error(`${handle.id} has no process`);
        process.kill(found.pid, "SIGKILL");
      },
      close: async () => {
        if (routerContainers(rig.stateFolder).length === 0) throw new Error("no router ran in a container");
        await rig.close();
        while (routerContainers(rig.stateFolder).length > 0) await sleep(50);
      },
    };
  });
});

const routerContainers = (folder: string): readonly string[] =>
  execFileSync("docker", ["ps", "--all", "--filter", "label=sampan.router", "--format", '{{.Label "sampan.router"}}'], {
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => path.startsWith(folder));
