import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { parse } from "yaml";
import type { BuildOrder } from "../../src/artifacts/artifact-kind.ts";
import { readRepository } from "../../src/artifacts/git/repository.ts";
import { imageKind } from "../../src/artifacts/images/image-kind.ts";
import { readFleet } from "../../src/fleet/read-fleet.ts";
import { type Clock, systemClock } from "../../src/io/clock.ts";
import { type RanSampan, sampan } from "../sampan.ts";
import { type TemporaryRepository, temporaryRepository } from "../temporary-repository.ts";

export const docker = (...args: readonly string[]): string =>
  execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

export const SECRET = "Zx9/very+Secret_Value=77";

export type ImageFleet = Readonly<{
  name: string;
  repository: TemporaryRepository;
  /** Where Sampan keeps its state. */
  home: string;
  env: NodeJS.ProcessEnv;
  /** The command line; `at`: another home, as on another machine. */
  sampan: (args: readonly string[], at?: Readonly<{ home?: string; env?: NodeJS.ProcessEnv }>) => Promise<RanSampan>;
  /** The kind of artifacts itself, for what no command shows. */
  kind: (options?: Readonly<{ clock?: Clock; state?: string }>) => Promise<ReturnType<typeof imageKind>>;
  order: (more?: Partial<BuildOrder>) => Promise<BuildOrder>;
  /** Removes what it has made, from the engine too. */
  remove: () => void;
}>;

export type ImageFleetOptions = Readonly<{
  /** Where images go, such as `127.0.0.1:5000`; null: they are not pushed. */
  registry: string | null;
  services?: readonly string[];
  files?: Readonly<Record<string, string | null>>;
  /** More lines of each service in the fleet file. */
  service?: string;
  /** Of the repository, in a folder of its own. */
  within?: string;
}>;

/** Services whose images are one small file each, so that tests wait for nothing but what they test. */
export function imageFleet({
  registry,
  services = ["blog"],
  files = {},
  service = "",
  within = "repository",
}: ImageFleetOptions): ImageFleet {
  const name = `images-${randomBytes(4).toString("hex")}`;
  const repository = temporaryRepository({ within });
  const home = join(repository.root, "..", "home");
  const image = registry === null ? "" : `image: ${registry}/${name}/{service}\n`;
  const declared = services.map(
    (one) =>
      `  ${one}: { path: services/${one}, migrations: none, smoke: { none: a test }${service === "" ? "" : `, ${service}`} }\n`,
  );
  repository.commit({
    "sampan.yaml": `fleet: ${name}\n${image}services:\n${declared.join("")}environments:\n  staging: { target: { kind: compose }, variables: [env/staging.env] }\n`,
    ".gitignore": "env/\n.env\n",
    ...Object.fromEntries(
      services.flatMap((one) => [
        [`services/${one}/Dockerfile`, "FROM scratch\nCOPY . /app/\nEXPOSE 8080\n"],
        [`services/${one}/main.txt`, `${one} of ${name}\n`],
        [`services/${one}/.env.example`, "TOKEN= # secret\n"],
      ]),
    ),
    ...files,
  });
  repository.write({ "env/staging.env": `TOKEN=${SECRET}\n` });
  const env = { ...process.env, SAMPAN_HOME: home, GIT_CONFIG_GLOBAL: "/dev/null" };
  const signal = AbortSignal.timeout(300_000);
  const state = join(home, "fleets", name);
  const fleetOf = async () => {
    const read = await readFleet(join(repository.root, "sampan.yaml"));
    if ("problems" in read) throw new Error(JSON.stringify(read.problems));
    return read.fleet;
  };
  const plain = Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return {
    name,
    repository,
    home,
    env,
    sampan: (args, at = {}) =>
      sampan(args, {
        cwd: repository.root,
        env: { ...env, ...(at.home === undefined ? {} : { SAMPAN_HOME: at.home }), ...at.env },
      }),
    kind: async ({ clock = systemClock, state: other = state } = {}) =>
      imageKind({ fleet: await fleetOf(), state: other, env: plain, clock, signal, log: () => undefined }),
    order: async (more = {}) => ({
      fleet: await fleetOf(),
      services: null,
      repository: await readRepository({ root: repository.root, fetch: null, signal }),
      state,
      signal,
      verified: null,
      env: plain,
      secrets: async () => [],
      clock: systemClock,
      concurrency: 2,
      log: () => undefined,
      ...more,
    }),
    remove: () => {
      const filter = ["--filter", `label=sampan.image.fleet=${name}`];
      const ids = docker("image", "ls", "--all", "--quiet", "--no-trunc", ...filter)
        .split("\n")
        .filter(Boolean);
      if (ids.length > 0) spawnSync("docker", ["image", "rm", "--force", ...new Set(ids)], { stdio: "ignore" });
      repository.remove();
    },
  };
}

/** Digest of a tag in a registry without authentication; null: there is none. */
export async function digestIn(registry: string, name: string): Promise<string | null> {
  const at = name.lastIndexOf(":");
  const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
  const url = `http://${registry}/v2/${name.slice(0, at)}/manifests/${name.slice(at + 1)}`;
  const answer = await fetch(url, { method: "HEAD", headers: { accept } });
  return answer.ok ? answer.headers.get("docker-content-digest") : null;
}

export async function tagsIn(registry: string, repository: string): Promise<readonly string[]> {
  const answer = await fetch(`http://${registry}/v2/${repository}/tags/list`);
  const { tags } = parse(await answer.text()) as { tags?: string[] | null };
  return [...(tags ?? [])].sort();
}
