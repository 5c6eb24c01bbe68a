import { posix } from "node:path";
import { type Problem, problem } from "../../problem.ts";
import { readBlobs } from "../git/blobs.ts";
import type { GitAt } from "../git/git.ts";
import { type Buildable, folderOf, type Source } from "../source/source.ts";
import { copiesOf } from "./dockerfile.ts";
import { ignoredBy } from "./ignored.ts";

/** Changes whenever an image made from the same sources would be another one. */
const IMAGE_FORMAT = 1;

/** A service's Dockerfile in a commit. */
export type DockerfileAt = Readonly<{ path: string; text: string; dockerignore: string }>;

export const dockerfileOf = (service: Buildable): string =>
  posix.join(folderOf(service) || ".", service.build.image.dockerfile);

/** The Dockerfiles that the commit has, by service, in one call. */
export async function readDockerfiles(
  at: GitAt,
  { source, services }: Readonly<{ source: Source; services: readonly Buildable[] }>,
): Promise<ReadonlyMap<string, DockerfileAt>> {
  const wanted = services.map((service) => {
    const path = dockerfileOf(service);
    const context = service.build.image.context === "repository" ? "" : folderOf(service);
    // BuildKit prefers the one that stands beside the Dockerfile.
    const beside = [`${path}.dockerignore`, posix.join(context || ".", ".dockerignore")].find((one) =>
      source.tree.has(one),
    );
    return { name: service.name, path, ignore: beside };
  });
  const oidOf = (path: string | undefined): string => (path === undefined ? "" : (source.tree.get(path)?.oid ?? ""));
  const oids = wanted.flatMap(({ path, ignore }) => [oidOf(path), oidOf(ignore)]).filter(Boolean);
  const texts = await readBlobs(at, oids);
  return new Map(
    wanted.flatMap(({ name, path, ignore }) => {
      const text = texts.get(oidOf(path));
      return text === undefined ? [] : [[name, { path, text, dockerignore: texts.get(oidOf(ignore)) ?? "" }]];
    }),
  );
}

/** What only would be found after minutes of building. */
export const withoutDockerfile = (service: Buildable): Problem =>
  problem(
    "no-dockerfile",
    `Service ${service.name} has no ${dockerfileOf(service)} in this commit`,
    "Commit one, or name it: `build: { dockerfile: … }`, relative to the service's folder",
  );

/** All that an image depends on beyond what its service is made of: to be hashed. */
export function imageParts(source: Source, service: Buildable, dockerfile: DockerfileAt): unknown {
  const { image } = service.build;
  return {
    format: IMAGE_FORMAT,
    context: image.context,
    dockerfile: [dockerfile.path, dockerfile.text],
    dockerignore: dockerfile.dockerignore,
    args: Object.entries(image.args).sort(([a], [b]) => (a < b ? -1 : 1)),
    platform: image.platform,
    ...(image.stage === null ? {} : { stage: image.stage }),
    copied: image.context === "repository" ? copied(source, service, dockerfile) : [],
  };
}

function copied(source: Source, service: Buildable, { text, dockerignore }: DockerfileAt): readonly unknown[] {
  const copies = copiesOf(text);
  const ignored = ignoredBy(dockerignore);
  const told = new Set(sharedFiles(source, service));
  const counts = (path: string): boolean => !ignored(path) && !told.has(path);
  const files = [...source.tree].filter(([path, { mode }]) => mode !== "040000" && counts(path));
  const taken =
    copies === "everything"
      ? files
      : files.filter(([path]) => copies.some((one) => path === one || path.startsWith(`${one}/`)));
  return taken.map(([path, { mode, oid }]) => [path, mode, oid]);
}

/** Of a pnpm workspace's shared files the hash of the service holds what it reaches: others' versions change nothing for it. */
const sharedFiles = (source: Source, service: Buildable): readonly string[] =>
  source.lock.kind === "pnpm" && source.lock.slices?.importers.has(folderOf(service) || ".") === true
    ? ["pnpm-lock.yaml", "pnpm-workspace.yaml"]
    : [];
