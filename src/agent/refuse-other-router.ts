import { StepFault } from "../fault.ts";
import { describe, type Entrance, sameRouter } from "./entrance.ts";
import type { Scope } from "./protocol.ts";

/** A port cannot go from one program to another without a moment in which nobody listens. */
export function refuseOtherRouter(scope: Scope, now: Entrance, asked: Entrance): void {
  if (sameRouter(now.router, asked.router)) return;
  throw new StepFault({
    code: "router-changed",
    message: `The router of ${scope.fleet}/${scope.environment} is ${describe(now.router)} and cannot become ${describe(asked.router)} without losing requests: let the fleet file name ${now.router.kind} again, or declare a new environment with the other router and move the clients there`,
  });
}
