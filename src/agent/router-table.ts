import { StepFault } from "../fault.ts";
import { canonicalJson } from "../plan/canonical.ts";
import type { RouterState, RouterTable } from "../router/router.ts";
import type { Scope } from "./protocol.ts";
import type { Instances } from "./state/instances.ts";
import type { Routes } from "./state/routes.ts";
import type { Scopes } from "./state/scopes.ts";

/** What the router of a scope must do, from what is written down. */
export function routerTable(
  state: Readonly<{ scopes: Scopes; routes: Routes; instances: Instances }>,
  scope: Scope,
  listen: RouterTable["listen"],
): RouterTable {
  return {
    formatVersion: 1,
    listen,
    epoch: state.scopes.get(scope)?.epoch ?? 0,
    services: state.routes.of(scope).map(({ service, match, backends }) => ({
      service,
      match,
      backends: backends.flatMap(({ instance, weight }) => {
        const port = state.instances.get(instance)?.port ?? null;
        return port === null ? [] : [{ instance, host: "127.0.0.1", port, weight }];
      }),
    })),
  };
}

export const sameTable = (a: RouterTable, b: RouterTable): boolean => canonicalJson(a) === canonicalJson(b);

/** Throws unless the router follows the table. A later change may have been applied already: its own confirmation counts. */
export function confirm(state: RouterState, table: RouterTable): void {
  if (state.table.epoch > table.epoch || sameTable(state.table, table)) return;
  throw new StepFault({
    code: "routes-not-applied",
    message: `The router (pid ${state.pid}) was told epoch ${table.epoch} and says that it follows ${state.table.epoch}`,
    retry: "safe",
  });
}
