import type { Fleet } from "../fleet/fleet.ts";

/** The variables that the fleet file names for Sampan alone: its store, who hears of releases, and the token of the CI. */
export const ownNames = ({ ci, notify, store }: Pick<Fleet, "ci" | "notify" | "store">): readonly string[] => [
  ...(store?.kind === "variable" ? [store.name] : store?.kind === "postgres" ? ["PGPASSWORD"] : []),
  ...(ci?.token == null ? [] : [ci.token]),
  ...notify.map((channel) => (channel.kind === "slack" ? channel.url : channel.token)),
];
