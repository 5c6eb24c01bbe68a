import { join } from "node:path";
import type { BuildEvent } from "../../src/artifacts/artifact.ts";
import type { BundleBuild } from "../../src/artifacts/bundle/build-bundles.ts";
import { readRepository } from "../../src/artifacts/git/repository.ts";
import type { Buildable } from "../../src/artifacts/source/source.ts";
import { buildEnvironment } from "../../src/artifacts/worktree/build-environment.ts";
import { systemClock } from "../../src/io/clock.ts";
import { service, type TemporaryRepository, temporaryRepository } from "../temporary-repository.ts";

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Builds by copying, so that a test needs no compiler. */
const BUILD = 'import { cpSync } from "node:fs"; cpSync("src", "dist", { recursive: true });\n';

const packageJson = (name: string, more: object = {}) =>
  json({
    name: `@x/${name}`,
    version: "1.2.3",
    type: "module",
    scripts: { build: "node build.mjs", start: "node dist/main.js", test: "node test.mjs" },
    dependencies: { "@x/kit": "workspace:*" },
    ...more,
  });

const serviceFiles = (name: string) => ({
  [`services/${name}/package.json`]: packageJson(name),
  [`services/${name}/build.mjs`]: BUILD,
  [`services/${name}/test.mjs`]: "import '@x/kit'; console.log('tested', process.env.CI, process.env.DATABASE_URL);\n",
  [`services/${name}/src/main.js`]: `import { kit } from "@x/kit"; console.log("${name}", kit);\n`,
  [`services/${name}/migrations/0001_a.up.sql`]: "select 1;\n",
});

const LOCK = `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .: {}

  packages/kit: {}

  services/a:
    dependencies:
      '@x/kit':
        specifier: workspace:*
        version: link:../../packages/kit

  services/b:
    dependencies:
      '@x/kit':
        specifier: workspace:*
        version: link:../../packages/kit
`;

/** A pnpm workspace of two services and a shared package, none with dependencies from a registry. */
export const FLEET_FILES: Readonly<Record<string, string>> = {
  "package.json": json({ name: "root", private: true }),
  "pnpm-workspace.yaml": "packages:\n  - services/*\n  - packages/*\n",
  "pnpm-lock.yaml": LOCK,
  ".gitignore": "node_modules/\ndist/\n.env\n",
  "packages/kit/package.json": json({
    name: "@x/kit",
    version: "1.0.0",
    type: "module",
    exports: "./dist/index.js",
    files: ["dist"],
    scripts: { build: "node build.mjs" },
  }),
  "packages/kit/build.mjs": `import { appendFileSync } from "node:fs"; appendFileSync("builds.txt", "x");\n${BUILD}`,
  "packages/kit/src/index.js": "export const kit = 1;\n",
  ...serviceFiles("a"),
  ...serviceFiles("b"),
};

export type TemporaryFleet = Readonly<{
  repository: TemporaryRepository;
  state: string;
  events: readonly BuildEvent[];
  lines: readonly string[];
  /** An order for what HEAD holds now; all services unless told otherwise. */
  order(more?: Readonly<{ services?: readonly Buildable[]; signal?: AbortSignal }>): Promise<BundleBuild>;
  remove(): void;
}>;

export function temporaryFleet(files: Readonly<Record<string, string | null>> = {}): TemporaryFleet {
  const repository = temporaryRepository({ within: "repository" });
  repository.commit({ ...FLEET_FILES, ...files });
  const state = join(repository.root, "..", "state");
  const events: BuildEvent[] = [];
  const lines: string[] = [];
  return {
    repository,
    state,
    events,
    lines,
    remove: repository.remove,
    order: async ({ services = [service("a"), service("b")], signal = AbortSignal.timeout(120_000) } = {}) => ({
      fleet: {
        name: "x",
        version: "commit",
        image: null,
        services: Object.fromEntries(services.map((one) => [one.name, one])),
      },
      services: null,
      verified: null,
      repository: await readRepository({ root: repository.root, fetch: null, signal }),
      state,
      env: buildEnvironment(process.env as Record<string, string>, new Set(["DATABASE_URL"])),
      clock: systemClock,
      concurrency: 2,
      log: (line) => lines.push(line),
      events: (event) => events.push(event),
      signal,
    }),
  };
}
