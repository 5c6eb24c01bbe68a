import { expect, test } from "vitest";
import { specOf } from "../../../test/fleet-samples.ts";
import type { ContainerSpec } from "../../fleet/container.ts";
import type { InstanceRecord } from "../state/instances.ts";
import { containerName, GENERATION_LABEL, INSTANCE_LABEL, labelsOf, RECORD_LABEL } from "./labels.ts";
import { recordIn } from "./record-in.ts";
import type { Listed } from "./watch-engine.ts";

const container: ContainerSpec = {
  project: "shop",
  service: "web",
  profiled: true,
  config: { Cmd: ["node", 'it\'s "quoted".mjs'] },
  hostConfig: { Memory: 1 },
  stopTimeout: 7_000,
  networks: [{ network: "shop_default", aliases: ["web"], endpoint: {} }],
  prerequisites: [{ kind: "network", name: "shop_default", create: { Driver: "bridge" } }],
  files: [{ path: "/a", content: "b\n", mode: 0o444 }],
};

const record: InstanceRecord = {
  id: "web-0a1b2c3d@local",
  scope: { fleet: "shop", environment: "staging" },
  service: "web",
  operationId: "r1/web.bring/do",
  release: "r1",
  revision: { artifact: `sha256:${"1".repeat(64)}`, commit: "2".repeat(40), variables: "3".repeat(64) },
  source: `shop/web@sha256:${"1".repeat(64)}`,
  spec: specOf("web", { container }),
  argv: null,
  goal: "run",
  terminating: false,
  generation: 2,
  pid: null,
  stamp: null,
  port: 41_231,
  restarts: 0,
  lastExit: null,
  startedAt: 1_700_000_000_000,
};

/** As the engine lists the container that was made for it. */
function listed(change: Partial<Listed> = {}): Listed {
  const labels = labelsOf(record, "agent");
  return {
    id: "f".repeat(64),
    name: containerName(record),
    instance: labels[INSTANCE_LABEL] ?? "",
    fleet: labels["sampan.fleet"] ?? "",
    environment: labels["sampan.environment"] ?? "",
    service: labels["sampan.service"] ?? "",
    release: labels["sampan.release"] ?? "",
    operation: labels["sampan.operation"] ?? "",
    generation: Number(labels[GENERATION_LABEL]),
    record: labels[RECORD_LABEL] ?? null,
    state: "running",
    created: record.startedAt,
    ...change,
  };
}

test("a container's labels say all that is written down of its instance", () => {
  expect(recordIn(listed())).toEqual(record);
  expect(recordIn(listed({ state: "paused" }))).toEqual(record);
});

test.each<readonly [string, Partial<Listed>]>([
  ["was made and never started", { state: "created" }],
  ["has ended", { state: "exited" }],
  ["has no such label", { record: null }],
  ["has a label that is no JSON", { record: "{" }],
  ["has a label that says too little", { record: JSON.stringify({ port: 1 }) }],
  ["was brought as a process", { record: JSON.stringify({ ...record, spec: specOf("web") }) }],
  ["bears another's name", { name: "shop.staging.other" }],
  ["is of another generation than its name", { generation: 1 }],
])("nothing is taken from one that %s", (_, change) => {
  expect(recordIn(listed(change))).toBeNull();
});
