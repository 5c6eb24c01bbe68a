import { StepFault } from "../fault.ts";
import { portHolder } from "../io/port-holder.ts";
import type { RouterTable } from "./router.ts";

export const PORT_TAKEN = "port-taken";

/** Names the port and, where it can be seen, the process that holds it. */
export function portTaken(listen: RouterTable["listen"]): StepFault {
  const pid = portHolder(listen.port);
  return new StepFault({
    code: PORT_TAKEN,
    message: `Port ${listen.port} of ${listen.host} is taken${pid === null ? "" : ` by process ${pid}`}`,
    evidence: "end that program, or let the environment listen at another port",
    retry: "safe",
  });
}
