import { buildBundles } from "../../src/artifacts/bundle/build-bundles.ts";
import { readRepository } from "../../src/artifacts/git/repository.ts";
import { buildEnvironment } from "../../src/artifacts/worktree/build-environment.ts";
import { systemClock } from "../../src/io/clock.ts";
import { processEnvironment } from "../../src/io/environment.ts";
import { service } from "../temporary-repository.ts";

// A build in a process of its own, for tests that kill it: `build-all.ts ROOT STATE`.
const [root = "", state = ""] = process.argv.slice(2);
const { signal } = new AbortController();
await buildBundles({
  fleet: { name: "x", version: "commit", image: null, services: { a: service("a") } },
  services: null,
  verified: null,
  repository: await readRepository({ root, fetch: null, signal }),
  state,
  env: buildEnvironment(processEnvironment(), new Set()),
  clock: systemClock,
  concurrency: 1,
  log: () => undefined,
  signal,
});
