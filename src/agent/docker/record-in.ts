import { z } from "zod";
import { revision, serviceSpec } from "../params.ts";
import type { InstanceRecord } from "../state/instances.ts";
import { containerName } from "./labels.ts";
import type { Listed } from "./watch-engine.ts";

const schema = z.object({
  revision,
  source: z.string().min(1),
  spec: serviceSpec,
  port: z.number().int().nullable(),
});

/**
 * The record of an instance as its container's labels tell it, for an agent that has lost its own. Null: it does not run, or its
 * labels do not say enough, or say it of another container.
 */
export function recordIn(listed: Listed): InstanceRecord | null {
  const { fleet, environment, service, release, operation, instance, generation, created, state } = listed;
  if (state !== "running" && state !== "restarting" && state !== "paused") return null;
  const told = schema.safeParse(parsed(listed.record));
  if (!told.success || told.data.spec.container == null) return null;
  const record: InstanceRecord = {
    id: instance,
    scope: { fleet, environment },
    service,
    operationId: operation,
    release,
    ...told.data,
    argv: null,
    goal: "run",
    terminating: false,
    generation,
    pid: null,
    stamp: null,
    // How often it has died before, nobody knows any more.
    restarts: 0,
    lastExit: null,
    startedAt: created,
  };
  return containerName(record) === listed.name ? record : null;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
