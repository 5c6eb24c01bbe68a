import type { Channel, Fleet } from "../fleet/fleet.ts";

/** The variables that the fleet file names for Sampan alone: its store, who hears of releases, and the token of the CI. */
export const ownNames = ({ ci, notify, store }: Pick<Fleet, "ci" | "notify" | "store">): readonly string[] => [
  ...(store?.kind === "variable" ? [store.name] : store?.kind === "postgres" ? ["PGPASSWORD"] : []),
  ...(ci?.token == null ? [] : [ci.token]),
  ...notify.map(secretOf),
];

function secretOf(channel: Channel): string {
  switch (channel.kind) {
    case "slack":
      return channel.url;
    case "telegram":
      return channel.token;
    case "email":
      return channel.smtp;
  }
}
