import type { Scope } from "../../agent/protocol.ts";
import { StepFault } from "../../fault.ts";
import type { RouterSpec } from "../../fleet/fleet.ts";
import type { Host } from "../../hosts/host.ts";
import type { Clock } from "../../io/clock.ts";
import type { Observed, ObservedInstance, VerifiedMark } from "../../plan/observed.ts";
import type {
  BringSpec,
  Cx,
  Endpoint,
  EngineInfo,
  Handle,
  InstancesTarget,
  InstanceTraffic,
  LogLine,
  Look,
  Outside,
  Owner,
  Pruned,
  ReadCx,
  Shift,
  StagedVariables,
  Surroundings,
  TrafficOf,
  Unrecorded,
} from "../target.ts";
import { AgentLine } from "./agent-line.ts";
import { observedServices } from "./observed-services.ts";

export type HostedOptions = Readonly<{
  fleet: string;
  environment: string;
  /** The router's listener. */
  listen: Endpoint;
  /** As Docker's X-Registry-Auth, for who may pull an image; null: nobody in particular. */
  registryAuth?: (image: string) => Promise<string | null>;
  /** Default: builtin. */
  router?: RouterSpec;
  /** Its instances are containers; default: processes. */
  containers?: boolean;
  /** More than one are refused: `one-host-only`. */
  hosts: readonly [Host, ...Host[]];
  clock: Clock;
}>;

export const hostedTarget = (options: HostedOptions): HostedTarget => new HostedTarget(options);

/** An environment whose instances are processes or containers on hosts, each commanded through its agent. */
export class HostedTarget implements InstancesTarget {
  readonly capabilities = { kind: "instances" } as const;
  readonly #scope: Scope;
  readonly #listen: Endpoint;
  readonly #router: RouterSpec;
  readonly #containers: boolean;
  readonly #agent: AgentLine;
  readonly #registryAuth: (image: string) => Promise<string | null>;

  constructor(options: HostedOptions) {
    const [host, ...others] = options.hosts;
    if (others.length > 0) {
      throw new StepFault({
        code: "one-host-only",
        message: `An environment has one host; ${options.environment} names ${options.hosts.length}`,
      });
    }
    this.#scope = { fleet: options.fleet, environment: options.environment };
    this.#listen = options.listen;
    this.#registryAuth = options.registryAuth ?? (async () => null);
    this.#router = options.router ?? { kind: "builtin" };
    this.#containers = options.containers ?? false;
    this.#agent = new AgentLine(host, options.clock);
  }

  claim(owner: Owner, cx: ReadCx): Promise<number> {
    return this.#agent.call("claim", { scope: this.#scope, owner }, cx.signal);
  }

  async observe(cx: ReadCx): Promise<Observed> {
    const entrance = { listen: { ...this.#listen }, router: { ...this.#router } };
    const params = { scope: this.#scope, containers: this.#containers, ...entrance };
    const seen = await this.#agent.call("observe", params, cx.signal);
    return { environment: this.#scope.environment, services: observedServices(seen) };
  }

  async instance(handle: Handle, cx: ReadCx, { check }: Look = { check: false }): Promise<ObservedInstance | null> {
    const found = await this.#agent.call("get", { scope: this.#scope, id: handle.id, check }, cx.signal);
    return found?.state === "retired" ? null : found;
  }

  async endpoint(handle: Handle, cx: ReadCx): Promise<Endpoint | null> {
    return (await this.instance(handle, cx))?.address ?? null;
  }

  entrance(): Endpoint {
    return this.#listen;
  }

  async *logs(handle: Handle, options: { follow: boolean }, cx: ReadCx): AsyncGenerator<LogLine> {
    const params = { scope: this.#scope, id: handle.id, follow: options.follow };
    for await (const lines of this.#agent.stream("logs", params, cx.signal)) {
      for (const text of lines) yield { instance: handle.id, text };
    }
  }

  fingerprint(_service: string, variables: Readonly<Record<string, string>>, cx: ReadCx): Promise<string> {
    return this.#agent.call("fingerprint", { scope: this.#scope, variables: { ...variables } }, cx.signal);
  }

  async stage(staged: StagedVariables, cx: Cx): Promise<void> {
    const { service, fingerprint } = staged;
    const values = { variables: { ...staged.variables }, rotates: { ...staged.rotates } };
    await this.#agent.call("stage", { ...this.#claimed(cx), service, fingerprint, ...values }, cx.signal);
  }

  staged(service: string, fingerprint: string, cx: ReadCx): Promise<boolean> {
    return this.#agent.call("staged", { scope: this.#scope, service, fingerprint }, cx.signal);
  }

  reveal(service: string, fingerprint: string, cx: ReadCx): Promise<Readonly<Record<string, string>> | null> {
    return this.#agent.call("reveal", { scope: this.#scope, service, fingerprint }, cx.signal);
  }

  async mark(mark: Omit<VerifiedMark, "at">, cx: Cx): Promise<void> {
    await this.#agent.call("mark", { ...this.#claimed(cx), operationId: cx.operationId, mark }, cx.signal);
  }

  async unmark(service: string, cx: Cx): Promise<void> {
    await this.#agent.call("unmark", { ...this.#claimed(cx), service }, cx.signal);
  }

  prune(keep: number, cx: Cx): Promise<Pruned> {
    return this.#agent.call("prune", { ...this.#claimed(cx), keep }, cx.signal);
  }

  async fetch(source: string, cx: Cx): Promise<void> {
    const auth = await this.#registryAuth(source);
    const params = { ...this.#claimed(cx), image: source, auth };
    for await (const line of this.#agent.stream("fetch", params, cx.signal)) cx.log(line);
  }

  engine(cx: ReadCx): Promise<EngineInfo> {
    return this.#agent.call("engine", {}, cx.signal);
  }

  unrecorded(cx: ReadCx): Promise<readonly Unrecorded[]> {
    return this.#agent.call("unrecorded", { scope: this.#scope }, cx.signal);
  }

  async tryRouting(cx: ReadCx): Promise<void> {
    const entrance = { listen: { ...this.#listen }, router: { ...this.#router } };
    await this.#agent.call("tryRouting", { scope: this.#scope, ...entrance }, cx.signal);
  }

  absent(things: readonly Outside[], cx: ReadCx): Promise<readonly Outside[]> {
    return this.#agent.call("absent", { things: things.map((thing) => ({ ...thing })) }, cx.signal);
  }

  missing({ project, services }: Surroundings, cx: ReadCx): Promise<readonly string[]> {
    return this.#agent.call("missing", { project, services: [...services] }, cx.signal);
  }

  async surround(parts: Surroundings & Readonly<{ config: string }>, cx: Cx): Promise<void> {
    const { project, services, config } = parts;
    const params = { ...this.#claimed(cx), project, services: [...services], config };
    await this.#agent.call("surround", params, cx.signal);
  }

  async bring(spec: BringSpec, count: number, cx: Cx): Promise<readonly Handle[]> {
    const { operationId, release } = cx;
    const host = this.#agent.host.name;
    const params = { ...this.#claimed(cx), operationId, release, host, ...spec, count };
    const ids = await this.#agent.call("bring", params, cx.signal);
    return ids.map((id) => ({ version: 1, id, service: spec.service }));
  }

  find(operationId: string, cx: ReadCx): Promise<readonly ObservedInstance[]> {
    return this.#agent.call("find", { scope: this.#scope, operationId }, cx.signal);
  }

  async revive(handle: Handle, cx: Cx): Promise<void> {
    await this.#agent.call("revive", { ...this.#claimed(cx), id: handle.id }, cx.signal);
  }

  async shift(shift: Shift, cx: Cx): Promise<void> {
    const { service } = shift;
    const backends = shift.backends.map((backend) => ({ ...backend }));
    const entrance = { listen: { ...this.#listen }, router: { ...this.#router } };
    const { release } = cx;
    const params = { ...this.#claimed(cx), release, service, match: [...shift.match], backends, ...entrance };
    await this.#agent.call("shift", params, cx.signal);
  }

  traffic({ service, release }: TrafficOf, cx: ReadCx): Promise<readonly InstanceTraffic[]> {
    return this.#agent.call("traffic", { scope: this.#scope, service, release }, cx.signal);
  }

  async retire(handle: Handle, cx: Cx): Promise<void> {
    await this.#agent.call("retire", { ...this.#claimed(cx), id: handle.id }, cx.signal);
  }

  /** Claims the environment and ends all that runs of it, its router too: the end of a demo or a test, not a deployment. */
  async teardown(owner: Owner, cx: ReadCx): Promise<void> {
    const fence = await this.claim(owner, cx);
    await this.#agent.call("teardown", { scope: this.#scope, fence }, cx.signal);
  }

  #claimed = ({ fence }: Cx) => ({ scope: this.#scope, fence });
}
