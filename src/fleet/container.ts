import type { Json } from "../json.ts";

type Told = Readonly<{ [key: string]: Json }>;

export type ContainerNetwork = Readonly<{
  /** As the engine knows it. */
  network: string;
  aliases: readonly string[];
  /** Whatever else the engine is told of the endpoint: addresses, driver options. */
  endpoint: Told;
}>;

/** What must be there before a container: made when missing, never changed. */
export type Prerequisite = Readonly<{
  kind: "network" | "volume";
  /** As the engine knows it. */
  name: string;
  /** What the engine is told to make it; null: somebody else's, which must be there. */
  create: Told | null;
}>;

/**
 * A service of a compose file as Compose resolved it, in the engine's own words: all that its containers have in common, without
 * image, variables, Sampan's labels and the published port. Part of the spec that a revision is verified with, so a rollback brings it back.
 */
export type ContainerSpec = Readonly<{
  /** Compose's project, and its name of the service there. */
  project: string;
  service: string;
  /** It stands under a profile, so that a plain `docker compose up` leaves it alone. */
  profiled: boolean;
  /** Of the body of `POST /containers/create`, without HostConfig. */
  config: Told;
  hostConfig: Told;
  /** Milliseconds from the stop signal to SIGKILL, where the compose file says so; null: as the fleet file says. */
  stopTimeout: number | null;
  /** In the order in which they are joined; empty where another network than the project's is used. */
  networks: readonly ContainerNetwork[];
  prerequisites: readonly Prerequisite[];
  /** Configs that the compose file gives by their content. */
  files: readonly Readonly<{ path: string; content: string; mode: number }>[];
}>;
