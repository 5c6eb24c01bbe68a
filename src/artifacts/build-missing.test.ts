import { expect, it } from "vitest";
import type { Artifact, ArtifactState } from "./artifact.ts";
import { buildMissing } from "./build-missing.ts";

const artifact = (service: string): Artifact => ({
  ...{ service, artifact: `sha256:${service}`, commit: "c", source: "s", version: "v", start: [] },
  ...{ built: true, seconds: 0 },
});
const state = (service: string, found: Artifact | null = null): ArtifactState => ({
  ...{ service, found, artifact: null },
  hash: { artifact: service, tree: service, folders: [] },
});

/** Builds that end when they are told to. */
function workshop(services: readonly string[], concurrency: number) {
  const running = new Map<string, Readonly<{ done: () => void; fail: (error: Error) => void }>>();
  const told: string[] = [];
  const all = buildMissing({
    states: services.map((service) => state(service, service === "old" ? artifact(service) : null)),
    concurrency,
    events: ({ kind, service }) => void told.push(`${kind} ${service}`),
    place: (use) =>
      use(
        ({ service }) =>
          new Promise((resolve, reject) => {
            const over = () => running.delete(service);
            running.set(service, {
              done: () => over() && resolve(artifact(service)),
              fail: (error) => over() && reject(error),
            });
          }),
      ),
  });
  // A turn of the event loop: whatever can begin has begun.
  const settled = () => new Promise<readonly string[]>((go) => setImmediate(() => go([...running.keys()])));
  return { all, told, settled, build: (service: string) => running.get(service) };
}

it("builds several at once, as many as it may, and none that is there", async () => {
  const { all, told, settled, build } = workshop(["a", "old", "b", "c", "d"], 2);
  expect(await settled()).toEqual(["a", "b"]);
  build("b")?.done();
  expect(await settled()).toEqual(["a", "c"]);
  build("a")?.done();
  build("c")?.done();
  expect(await settled()).toEqual(["d"]);
  build("d")?.done();
  expect(Object.keys(await all)).toEqual(["a", "old", "b", "c", "d"]);
  expect(told).toEqual(["reused old"]);
});

it("begins none after a failure, and tells the first once all have ended", async () => {
  const { all, told, settled, build } = workshop(["a", "b", "c", "d"], 2);
  const refused = expect(all).rejects.toThrow("a broke");
  await settled();
  build("a")?.fail(new Error("a broke"));
  expect(await settled()).toEqual(["b"]);
  build("b")?.fail(new Error("b broke"));
  expect(await settled()).toEqual([]);
  await refused;
  expect(told).toEqual(["failed a", "failed b"]);
});
