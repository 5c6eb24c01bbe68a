import { assertNever } from "../assert-never.ts";
import type { RouterSpec } from "../fleet/fleet.ts";
import { builtinTable, startRouter } from "../router/builtin/start.ts";
import type { Launch } from "../router/haproxy/launch.ts";
import { haproxyTable, startHaproxy } from "../router/haproxy/start.ts";
import type { RouterTable } from "../router/router.ts";
import type { StartedRouter, StartOptions } from "../router/start-options.ts";

export type KindOptions = StartOptions &
  Readonly<{
    /** Absolute path of the builtin router's program. */
    entry: string;
    /** How a HAProxy of that image is started; null: this host's own. */
    launch: (image: string | null) => Launch;
  }>;

/** Starts the router that is asked for, or finds it running. */
export function startKind(router: RouterSpec, { entry, launch, ...options }: KindOptions): Promise<StartedRouter> {
  switch (router.kind) {
    case "builtin":
      return startRouter({ ...options, entry });
    case "haproxy":
      return startHaproxy({ ...options, launch: launch(router.image) });
    default:
      return assertNever(router);
  }
}

/** What a router of that kind says that it does, where one runs; null: none does. Starts nothing. */
export function runningTable(
  router: RouterSpec,
  { launch, entry: _, ...options }: KindOptions,
): Promise<RouterTable | null> {
  switch (router.kind) {
    case "builtin":
      return builtinTable(options.folder, options.signal);
    case "haproxy":
      return haproxyTable({ ...options, launch: launch(router.image) });
    default:
      return assertNever(router);
  }
}
