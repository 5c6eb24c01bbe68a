import { join } from "node:path";
import { assertNever } from "../assert-never.ts";
import { StepFault } from "../fault.ts";
import { existsFolder } from "../io/folders.ts";
import { tryListening } from "../io/try-listening.ts";
import { tryHaproxy } from "../router/haproxy/try-haproxy.ts";
import { portTaken } from "../router/port-taken.ts";
import type { RouterTable } from "../router/router.ts";
import type { Entrance } from "./entrance.ts";
import { folderName } from "./names.ts";
import type { Scope } from "./protocol.ts";
import { refuseOtherRouter } from "./refuse-other-router.ts";
import type { RoutersOptions } from "./running-routers.ts";

/**
 * Could the traffic of a scope come in so? Starts nothing; one that runs already is not looked at again. Faults: `router-changed`,
 * `port-taken`, `port-forbidden`, and of HAProxy those of `tryHaproxy`.
 */
export async function tryRouter(
  { scopes, folder, launch, random, signal }: RoutersOptions,
  { scope, entrance }: Readonly<{ scope: Scope; entrance: Entrance }>,
): Promise<void> {
  const known = scopes.get(scope)?.entrance ?? null;
  if (known !== null) return refuseOtherRouter(scope, known, entrance);
  const own = join(folder, folderName(scope.fleet, scope.environment));
  const { listen, router } = entrance;
  // Where one was before, it may run still, and have the port.
  if (!existsFolder(own)) await tryPort(listen);
  switch (router.kind) {
    case "builtin":
      return;
    case "haproxy":
      return await tryHaproxy({ folder: own, listen, launch: launch(router.image), random, signal });
    default:
      return assertNever(router);
  }
}

async function tryPort(listen: RouterTable["listen"]): Promise<void> {
  const code = await tryListening(listen);
  if (code === null) return;
  if (code === "EADDRINUSE") throw portTaken(listen);
  const why =
    code === "EACCES"
      ? "only root may listen there"
      : code === "EADDRNOTAVAIL"
        ? "that is no address of this machine"
        : code;
  throw new StepFault({
    code: "port-forbidden",
    message: `The router cannot listen on port ${listen.port} of ${listen.host}: ${why}`,
    evidence: "let the environment `listen` at another port or address",
  });
}
