import type { ContainerSpec } from "../../src/fleet/container.ts";
import { HostedTarget } from "../../src/targets/hosted/hosted-target.ts";
import type { BringSpec, Cx, Handle } from "../../src/targets/target.ts";
import { containerOf as sample } from "../fleet-samples.ts";
import { baseImage } from "./base-image.ts";

/** Made of this machine's own Node: no registry is asked. */
export const IMAGE = baseImage();

/** A container that runs this program with Node on the default network. */
export const containerOf = (program: string, change: Partial<ContainerSpec> = {}): ContainerSpec =>
  sample({ project: "sampan-test", config: { Cmd: ["node", "-e", program] }, ...change });

/** The target of an environment whose instances are containers, whatever the spec that a test brings says of it. */
export class ContainerTarget extends HostedTarget {
  readonly #container: ContainerSpec;

  constructor(options: ConstructorParameters<typeof HostedTarget>[0], container: ContainerSpec) {
    super({ ...options, containers: true });
    this.#container = container;
  }

  override bring(spec: BringSpec, count: number, cx: Cx): Promise<readonly Handle[]> {
    return super.bring({ ...spec, spec: { ...spec.spec, container: this.#container } }, count, cx);
  }
}

/** Says hello by its variable VERSION, serves who it is, finishes what is in flight on SIGTERM. */
export const CONTAINER_PROGRAM = `
  const { createServer } = require("node:http");
  console.log("hello from " + process.env.VERSION);
  const server = createServer((request, response) => response.end(JSON.stringify({ version: process.env.VERSION, instance: process.env.SAMPAN_INSTANCE })));
  server.listen(Number(process.env.PORT));
  process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
