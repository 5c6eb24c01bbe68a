import { join } from "node:path";
import { existsFolder } from "../io/folders.ts";
import type { Entrance } from "./entrance.ts";
import { folderName } from "./names.ts";
import type { Scope } from "./protocol.ts";
import { routerTable } from "./router-table.ts";
import type { RoutersOptions } from "./running-routers.ts";
import { runningTable } from "./start-kind.ts";

/**
 * A router outlives its agent, and its agent's record: one that runs for a scope, and that nothing is written down of, is written
 * down as it is, if every instance that it sends to is known. Nothing is told to it, and none is started.
 */
export async function findRouter(
  options: RoutersOptions,
  { scope, entrance }: Readonly<{ scope: Scope; entrance: Entrance }>,
): Promise<void> {
  const { scopes, routes, instances, log } = options;
  const isUnknown = (): boolean => (scopes.get(scope)?.entrance ?? null) === null && routes.of(scope).length === 0;
  const folder = join(options.folder, folderName(scope.fleet, scope.environment));
  if (!isUnknown() || !existsFolder(folder)) return;
  const nothing = routerTable(options, scope, entrance.listen);
  const table = await runningTable(entrance.router, { ...options, folder, table: nothing });
  if (table === null || table.services.length === 0 || !isUnknown()) return;
  const backends = table.services.flatMap((service) => service.backends);
  if (!backends.every(({ instance, port }) => instances.get(instance)?.port === port)) return;
  scopes.atomically(() => {
    scopes.found(scope, { epoch: table.epoch, entrance: { ...entrance, listen: table.listen } });
    routes.replace(
      scope,
      table.services.map(({ service, match, backends }) => ({
        service,
        match,
        backends: backends.map(({ instance, weight }) => ({ instance, weight })),
      })),
    );
  });
  log(`taking up the router of ${scope.fleet}/${scope.environment}: it runs, and nothing was written down of it`);
}
