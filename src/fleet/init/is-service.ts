import type { FolderFacts } from "./facts.ts";

const SERVERS = new Set(
  (
    "@adonisjs/core @apollo/server @feathersjs/express @feathersjs/koa @grpc/grpc-js @hapi/hapi @hono/node-server @loopback/rest @nestjs/core " +
    "@medusajs/medusa @strapi/strapi @tinyhttp/app @trpc/server apollo-server elysia express fastify graphql-yoga h3 hono koa micro moleculer next nitropack nuxt " +
    "polka restify sails socket.io uWebSockets.js ws"
  ).split(" "),
);

/** Why a folder is taken for one that listens; null when nothing says so. */
export function whyItListens({ folder, source, port }: FolderFacts): string | null {
  if (folder.ports.length > 0) return `its Dockerfile exposes ${folder.ports.join(", ")}`;
  const server = folder.package?.dependencies.find((name) => SERVERS.has(name));
  if (server !== undefined) return `it uses ${server}`;
  if (source.listens !== null) return `it listens in ${source.listens}`;
  return port === null ? null : "its .env.example has a PORT";
}

/** A service is what has a Dockerfile, or a start script and listens. */
export function isService(facts: FolderFacts): boolean {
  if (facts.folder.dockerfile) return true;
  return facts.folder.package?.scripts.start !== undefined && whyItListens(facts) !== null;
}

/**
 * The services of a repository. A Dockerfile deeper inside a service is part of it, and the root is one only where nothing
 * else is; `left` says which folders were seen and not taken.
 */
export function chooseServices(
  folders: readonly FolderFacts[],
): Readonly<{ taken: readonly FolderFacts[]; left: readonly string[] }> {
  const likely = folders.filter(isService);
  const below = likely.filter(({ folder }) => folder.path !== ".");
  const candidates = below.length > 0 ? below : likely;
  const inside = (path: string) =>
    candidates.some(
      ({ folder }) => folder.package !== null && folder.path !== "." && path.startsWith(`${folder.path}/`),
    );
  const taken = candidates.filter(({ folder }) => folder.package !== null || !inside(folder.path));
  return { taken, left: likely.filter((one) => !taken.includes(one)).map(({ folder }) => folder.path) };
}
