import type { Clock } from "../../io/clock.ts";
import type { Look, Runtime } from "../runtime.ts";
import type { InstanceRecord } from "../state/instances.ts";
import { logLines } from "./log-lines.ts";
import type { Logs } from "./logs.ts";
import type { Supervisor } from "./supervisor.ts";

/** Instances that are processes: started within one tick, so that there is never anything on its way. */
export function processes(of: Readonly<{ supervisor: Supervisor; logs: Logs; clock: Clock }>): Runtime {
  const { supervisor, logs, clock } = of;
  return {
    look: ({ id }): Look => {
      const live = supervisor.live(id);
      return { lives: live !== null, pid: live?.pid ?? null, container: null };
    },
    ready: async () => {},
    check: async () => {},
    start: async (ids) => supervisor.start(...ids),
    forget: (id) => supervisor.forget(id),
    end: (id, options) => supervisor.end(id, options),
    logs: ({ id, generation }: InstanceRecord, options) => logLines(logs.file(id, generation), { ...options, clock }),
    settled: async () => {},
  };
}
