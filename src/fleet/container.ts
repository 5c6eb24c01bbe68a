import type { Json } from "../json.ts";

/** Which of several names on a network a container has beside its own. */
export type ContainerNetwork = Readonly<{
  /** As the engine knows it. */
  network: string;
  aliases: readonly string[];
  /** Whatever else the engine is told of the endpoint: addresses, links, driver options. */
  endpoint: Readonly<Record<string, Json>>;
}>;

/**
 * A service of a compose file as Compose resolved it, in the engine's own words and without image, variables, labels of Sampan and
 * published port: all that its containers have in common. Part of the revision's spec, so a rollback brings it back.
 */
export type ContainerSpec = Readonly<{
  /** Compose's project and its name of the service: `docker compose ps` shows the containers by them. */
  project: string;
  service: string;
  /** Of the body of `POST /containers/create`, without HostConfig. */
  config: Readonly<Record<string, Json>>;
  hostConfig: Readonly<Record<string, Json>>;
  /** Empty where the host's own network, or another container's, is used. */
  networks: readonly ContainerNetwork[];
  /** Files that a secret or config of the compose file gives by their content: path in the container → content. */
  files: readonly Readonly<{ path: string; content: string; mode: number }>[];
}>;
