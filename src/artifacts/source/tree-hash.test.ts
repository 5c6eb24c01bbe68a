import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { service, type TemporaryRepository, temporaryRepository } from "../../../test/temporary-repository.ts";
import { imageBuild } from "../../fleet/image-build.ts";
import { readSource } from "./read-source.ts";
import type { Buildable } from "./source.ts";
import { hashServices } from "./tree-hash.ts";

const BUILDER = { node: "24.1.0", platform: "linux-x64" };

const lock = (of: Readonly<{ blog?: string; kit?: string; root?: string; settings?: string }> = {}): string => {
  const entries = Object.entries({ b: of.blog, k: of.kit, r: of.root }).flatMap(([name, version]) =>
    version === undefined ? [] : [[`${name}@${version}`, name, version] as const],
  );
  const importer = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? `  ${name}: {}\n` : `  ${name}:\n    dependencies:\n${lines.join("")}`;
  const uses = (name: string, version: string | undefined) =>
    version === undefined ? [] : [`      ${name}:\n        specifier: '*'\n        version: ${version}\n`];
  const link = (to: string) => [
    `      '@x/${to}':\n        specifier: workspace:*\n        version: link:../../packages/${to}\n`,
  ];
  return [
    "lockfileVersion: '9.0'\n",
    `settings:\n  ${of.settings ?? "autoInstallPeers: true"}\n`,
    `importers:\n`,
    importer(".", uses("r", of.root)),
    importer("packages/kit", [...link("base"), ...uses("k", of.kit)]),
    importer("packages/base", []),
    importer("services/atlas", link("kit")),
    importer("services/blog", [...link("kit"), ...uses("b", of.blog)]),
    importer("services/lone", []),
    `packages:\n`,
    ...entries.map(([key]) => `  ${key}:\n    resolution: {integrity: sha512-${key}}\n`),
    `snapshots:\n`,
    ...entries.map(([key]) => `  ${key}: {}\n`),
  ].join("\n");
};

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

const FILES = {
  "package.json": json({ name: "root", private: true }),
  "pnpm-workspace.yaml": "packages:\n  - services/*\n  - packages/*\n",
  "pnpm-lock.yaml": lock(),
  "README.md": "A fleet",
  "docs/guide.md": "Read me",
  "config/shared.json": "{}",
  "packages/base/package.json": json({ name: "@x/base" }),
  "packages/base/index.js": "1",
  "packages/kit/package.json": json({ name: "@x/kit", dependencies: { "@x/base": "workspace:*" } }),
  "packages/kit/index.js": "1",
  "services/atlas/package.json": json({ name: "@x/atlas", dependencies: { "@x/kit": "workspace:*" } }),
  "services/atlas/main.js": "1",
  "services/blog/package.json": json({ name: "@x/blog", devDependencies: { "@x/kit": "workspace:*" } }),
  "services/blog/main.js": "1",
  "services/lone/package.json": json({ name: "@x/lone" }),
  "services/lone/main.js": "1",
};

const SERVICES: readonly Buildable[] = [
  service("atlas"),
  service("blog"),
  service("lone", { build: { test: null, build: null, bundle: null, inputs: ["config/"], image: imageBuild() } }),
];

const ALL = ["atlas", "blog", "lone"];
const KIT = ["atlas", "blog"];

/** What a commit changes → whose artifacts it reaches. */
const CHANGES: Readonly<Record<string, readonly [Readonly<Record<string, string | null>>, readonly string[]]>> = {
  "nothing at all": [{}, []],
  "docs at the root": [{ "README.md": "New", "docs/more.md": "New" }, []],
  "a script at the root": [{ "package.json": json({ name: "root", private: true, scripts: { lint: "x" } }) }, []],
  "a new package that nobody uses": [{ "packages/new/package.json": json({ name: "@x/new" }) }, []],
  "a new service": [{ "services/pulse/package.json": json({ name: "@x/pulse" }) }, []],
  "a file of atlas": [{ "services/atlas/main.js": "2" }, ["atlas"]],
  "a file that atlas loses": [{ "services/atlas/main.js": null }, ["atlas"]],
  "a shared package": [{ "packages/kit/index.js": "2" }, KIT],
  "a package behind a shared package": [{ "packages/base/index.js": "2" }, KIT],
  "a dependency of blog": [{ "pnpm-lock.yaml": lock({ blog: "1.0.0" }) }, ["blog"]],
  "a dependency of a shared package": [{ "pnpm-lock.yaml": lock({ kit: "1.0.0" }) }, KIT],
  "a dependency of the root": [{ "pnpm-lock.yaml": lock({ root: "1.0.0" }) }, ALL],
  "settings in the lock file": [{ "pnpm-lock.yaml": lock({ settings: "autoInstallPeers: false" }) }, ALL],
  "a lock file of an unknown form": [{ "pnpm-lock.yaml": "lockfileVersion: '12.0'\n" }, ALL],
  "a build input of lone": [{ "config/shared.json": '{"a":1}' }, ["lone"]],
  "a catalog": [{ "pnpm-workspace.yaml": "packages:\n  - services/*\n  - packages/*\ncatalog:\n  z: 1.0.0\n" }, []],
  "settings of the workspace": [
    { "pnpm-workspace.yaml": "packages:\n  - services/*\n  - packages/*\nonlyBuiltDependencies: [z]\n" },
    ALL,
  ],
  "a comment in pnpm-workspace.yaml": [
    { "pnpm-workspace.yaml": "# our packages\npackages:\n  - services/*\n  - packages/*\n" },
    [],
  ],
  ".npmrc": [{ ".npmrc": "node-linker=hoisted\n" }, ALL],
  "tsconfig.base.json": [{ "tsconfig.base.json": "{}" }, ALL],
  "engines of the root": [{ "package.json": json({ name: "root", private: true, engines: { node: ">=24" } }) }, ALL],
  "an install script of the root": [
    { "package.json": json({ name: "root", private: true, scripts: { postinstall: "x" } }) },
    ALL,
  ],
};

let repository: TemporaryRepository;
let base: string;
beforeAll(() => {
  repository = temporaryRepository();
  base = repository.commit(FILES);
});
afterAll(() => repository.remove());

const at = (commit: string) => ({ root: repository.root, prefix: "", commit, signal: AbortSignal.timeout(60_000) });

async function hashesAt(commit: string, services = SERVICES, builder = BUILDER) {
  const { hashes, problems } = hashServices({ source: await readSource(at(commit), services), services, builder });
  expect(problems).toEqual([]);
  return Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hash.artifact]));
}

const changed = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  Object.keys(before).filter((name) => before[name] !== after[name]);

describe("the hash of what an artifact depends on", () => {
  it.each(Object.entries(CHANGES))("changes by %s for those it reaches", async (_, [files, reached]) => {
    repository.git("checkout", "--quiet", "--force", base);
    const before = await hashesAt(base);
    const after = await hashesAt(repository.commit(files));
    expect(Object.values(before)).toSatisfy((all: string[]) => all.every((one) => /^sha256:[0-9a-f]{64}$/.test(one)));
    expect(changed(before, after)).toEqual(reached);
  });

  it("changes by several at once for all that they reach, and comes back when they do", async () => {
    const before = await hashesAt(base);
    const independent = Object.keys(CHANGES).filter((name) => !/lock|dependency|workspace|catalog|root$/.test(name));
    await fc.assert(
      fc.asyncProperty(fc.subarray(independent, { minLength: 1 }), async (names) => {
        repository.git("checkout", "--quiet", "--force", base);
        for (const name of names) repository.write(CHANGES[name]?.[0] ?? {});
        const after = await hashesAt(repository.commit());
        const reached = new Set(names.flatMap((name) => CHANGES[name]?.[1] ?? []));
        expect(changed(before, after)).toEqual(ALL.filter((name) => reached.has(name)));
        repository.git("read-tree", "--reset", "-u", base);
        expect(await hashesAt(repository.commit())).toEqual(before);
      }),
      { numRuns: 8 },
    );
  });

  it("is that of the commit, whatever lies in the working tree", async () => {
    repository.git("checkout", "--quiet", "--force", base);
    repository.write({ "services/atlas/main.js": "dirty", "services/atlas/.env": "A=1", "tsconfig.json": "{}" });
    expect(changed(await hashesAt(base), await hashesAt(base))).toEqual([]);
    repository.git("checkout", "--quiet", "--force", base);
    repository.git("clean", "-fdq");
  });

  it("changes with Node's major version, the platform and the commands of the fleet file", async () => {
    const before = await hashesAt(base);
    expect(changed(before, await hashesAt(base, SERVICES, { ...BUILDER, node: "24.9.0" }))).toEqual([]);
    expect(changed(before, await hashesAt(base, SERVICES, { ...BUILDER, node: "26.0.0" }))).toEqual(ALL);
    expect(changed(before, await hashesAt(base, SERVICES, { ...BUILDER, platform: "linux-arm64" }))).toEqual(ALL);
    const building = (build: Partial<Buildable["build"]>) =>
      SERVICES.map((one) => (one.name === "blog" ? { ...one, build: { ...one.build, ...build } } : one));
    expect(changed(before, await hashesAt(base, building({ build: ["make"] })))).toEqual(["blog"]);
    expect(changed(before, await hashesAt(base, building({ bundle: ["make"] })))).toEqual(["blog"]);
    expect(changed(before, await hashesAt(base, building({ test: ["make"] })))).toEqual([]);
  });

  it("does not depend on the order of the services, or on who else is in the fleet", async () => {
    const before = await hashesAt(base);
    expect(await hashesAt(base, [...SERVICES].reverse())).toEqual(before);
    expect(await hashesAt(base, [service("blog")])).toEqual({ blog: before.blog });
  });

  it("is the same in a folder of a larger repository", async () => {
    const inner = temporaryRepository({ within: "examples/fleet" });
    const commit = inner.commit(FILES);
    const from = { ...at(commit), root: inner.root, prefix: "examples/fleet/" };
    const source = await readSource(from, SERVICES);
    const { hashes } = hashServices({ source, services: SERVICES, builder: BUILDER });
    inner.remove();
    expect(hashes.blog?.artifact).toBe((await hashesAt(base)).blog);
  });

  it("names every service and input that is not in the commit", async () => {
    const services = [
      service("atlas", {
        build: { test: null, build: null, bundle: null, inputs: ["none.txt", "../outside"], image: imageBuild() },
      }),
      service("ghost"),
    ];
    const { problems } = hashServices({ source: await readSource(at(base), services), services, builder: BUILDER });
    expect(problems.map((one) => `${one.service} ${one.problem.code}`)).toEqual([
      "atlas input-not-in-commit",
      "atlas input-not-in-commit",
      "ghost service-not-in-commit",
    ]);
  });

  it("follows committed symlinks to what they lead to in the fleet, and names those that lead out of it", async () => {
    repository.git("checkout", "--quiet", "--force", base);
    repository.link("services/atlas/shared", "../../docs");
    repository.link("docs/config", "../config/shared.json");
    repository.link("services/blog/gone", "../nowhere");
    const before = await hashesAt(repository.commit());
    expect(changed(before, await hashesAt(repository.commit({ "docs/guide.md": "Other" })))).toEqual(["atlas"]);
    expect(changed(before, await hashesAt(repository.commit({ "docs/guide.md": "Read me" })))).toEqual([]);
    expect(changed(before, await hashesAt(repository.commit({ "config/shared.json": "[]" })))).toEqual([
      "atlas",
      "lone",
    ]);
    repository.link("services/atlas/out", "../../../outside");
    repository.link("packages/kit/passwd", "/etc/passwd");
    const source = await readSource(at(repository.commit()), SERVICES);
    const { problems } = hashServices({ source, services: SERVICES, builder: BUILDER });
    expect(problems.map((one) => one.problem.message)).toEqual([
      expect.stringContaining("packages/kit/passwd"),
      expect.stringContaining("services/atlas/out"),
      expect.stringContaining("packages/kit/passwd"),
    ]);
  });

  it("survives packages in a circle, and a lock file of another package manager", async () => {
    repository.git("checkout", "--quiet", "--force", base);
    const circle = {
      "packages/base/package.json": json({ name: "@x/base", dependencies: { "@x/kit": "workspace:*" } }),
    };
    const before = await hashesAt(repository.commit(circle));
    expect(changed(before, await hashesAt(repository.commit({ "packages/base/index.js": "3" })))).toEqual(KIT);
    const npm = {
      "pnpm-lock.yaml": null,
      "pnpm-workspace.yaml": null,
      "package-lock.json": "{}",
      "package.json": json({ name: "root", workspaces: ["services/*", "packages/*"] }),
    };
    const withNpm = await hashesAt(repository.commit(npm));
    const kit = await hashesAt(repository.commit({ "packages/kit/index.js": "9" }));
    expect(changed(withNpm, kit)).toEqual(KIT);
    expect(changed(kit, await hashesAt(repository.commit({ "package-lock.json": "{ }" })))).toEqual(ALL);
  });
});

it("hashes sixty services within two seconds", async () => {
  const large = temporaryRepository();
  const names = Array.from({ length: 60 }, (_, number) => `s${number}`);
  const files: Record<string, string> = { "package.json": "{}", "pnpm-workspace.yaml": "packages: [services/*]\n" };
  for (const name of names) {
    files[`services/${name}/package.json`] = json({ name, dependencies: { s0: "workspace:*" } });
    for (let number = 0; number < 20; number++) files[`services/${name}/src/${number}.js`] = `${name} ${number}`;
  }
  const commit = large.commit(files);
  const services = names.map((name) => service(name));
  const from = performance.now();
  const source = await readSource({ ...at(commit), root: large.root }, services);
  const { hashes } = hashServices({ source, services, builder: BUILDER });
  const took = performance.now() - from;
  large.remove();
  expect(Object.keys(hashes)).toHaveLength(60);
  // Half a second is the aim; it has to hold on a busy machine too.
  expect(took).toBeLessThan(2000);
});
