import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { service, type TemporaryRepository, temporaryRepository } from "../../../test/temporary-repository.ts";
import { imageBuild } from "../../fleet/image-build.ts";
import { Refused } from "../../problem.ts";
import { readRepository } from "../git/repository.ts";
import type { Buildable } from "../source/source.ts";
import type { ImageParts } from "./image-parts.ts";
import { imagesAt } from "./images-at.ts";

const LOCK = (version: string) => `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .: {}

  services/a: {}

  services/b:
    dependencies:
      left:
        specifier: ^1.0.0
        version: ${version}

packages:

  left@${version}:
    resolution: {integrity: sha512-${version}}

snapshots:

  left@${version}: {}
`;

const files = (name: string) => ({
  [`services/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0" }),
  [`services/${name}/Dockerfile`]: `FROM scratch\nCOPY pnpm-lock.yaml pnpm-workspace.yaml tools /x/\nCOPY services/${name} /app\n`,
  [`services/${name}/main.js`]: "1\n",
});

let repository: TemporaryRepository;
beforeAll(() => {
  repository = temporaryRepository();
  repository.commit({
    "pnpm-workspace.yaml": "packages: [services/*]\n",
    "pnpm-lock.yaml": LOCK("1.0.0"),
    ".dockerignore": "docs\n**/*.md\n",
    "tools/tool.sh": "x\n",
    "docs/page.txt": "x\n",
    ...files("a"),
    ...files("b"),
  });
});
afterAll(() => repository.remove());

const inRepository = (name: string, more: Parameters<typeof imageBuild>[0] = {}): Buildable =>
  service(name, {
    build: { test: null, build: null, bundle: null, inputs: [], image: imageBuild({ context: "repository", ...more }) },
  });

/** Nothing has been built: only the names of trees are asked for. */
const nothingBuilt = { engine: { inspect: async () => [] }, state: "/nonexistent" } as unknown as ImageParts;

async function hashes(services: readonly Buildable[] = [inRepository("a"), inRepository("b")]) {
  const signal = AbortSignal.timeout(60_000);
  const found = await imagesAt(nothingBuilt, {
    fleet: {
      name: "x",
      version: "commit",
      image: null,
      services: Object.fromEntries(services.map((one) => [one.name, one])),
    },
    services: null,
    repository: await readRepository({ root: repository.root, fetch: null, signal }),
    state: "/nonexistent",
    signal,
    verified: null,
  });
  return Object.fromEntries(Object.entries(found).map(([name, { hash }]) => [name, hash.artifact]));
}

/** Which of the two services a change concerns. */
async function changedBy(change: Readonly<Record<string, string | null>>): Promise<string> {
  const before = await hashes();
  repository.commit(change);
  const after = await hashes();
  return ["a", "b"].filter((name) => before[name] !== after[name]).join("");
}

describe("an image's tree is", () => {
  it.each<[string, Readonly<Record<string, string | null>>, string]>([
    ["the service's own folder", { "services/a/main.js": "2\n" }, "a"],
    ["its Dockerfile", { "services/b/Dockerfile": "FROM scratch\nCOPY tools services/b /app/\n" }, "b"],
    ["what the Dockerfile copies from elsewhere", { "tools/tool.sh": "y\n" }, "ab"],
    ["what the ignore file keeps in", { ".dockerignore": "docs\n**/*.md\nx\n" }, "ab"],
    ["not what nobody copies", { "docs/page.txt": "y\n", "README.txt": "y\n" }, ""],
    ["not what is ignored", { "tools/notes.md": "y\n" }, ""],
    ["not the versions that others lock", { "pnpm-lock.yaml": LOCK("1.0.1") }, "b"],
  ])("%s", async (_, change, changed) => {
    expect(await changedBy(change)).toBe(changed);
  });

  it("what it is built with, too", async () => {
    const [plain] = Object.values(await hashes([inRepository("a")]));
    const others = [
      { args: { A: "1" } },
      { args: { A: "2" } },
      { platform: "linux/arm64" },
      { context: "service" as const },
    ];
    const all = [
      plain,
      ...(await Promise.all(others.map(async (more) => (await hashes([inRepository("a", more)])).a))),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it("refused without a Dockerfile", async () => {
    const error = await hashes([inRepository("a", { dockerfile: "docker/Other" })]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).problems).toMatchObject([
      { code: "no-dockerfile", message: expect.stringContaining("services/a/docker/Other") },
    ]);
  });
});
