import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { leftOf } from "./compose-fleet.ts";
import { containersOf, type SeenContainer } from "./containers-of.ts";
import { type ExampleFleet, exampleFleet, processesOf } from "./example-fleet.ts";
import { foreignProgram } from "./foreign-program.ts";
import { digestIn, docker } from "./image-fleet.ts";

const BASE = "node:24-slim";
const SERVICES = ["user-auth", "points", "content", "atlas", "pulse", "blog"];
const UPGRADED = ["blog", "content", "points"];
const REPLICAS: Readonly<Record<string, number>> = { "user-auth": 2, content: 2, blog: 2 };

const there = spawnSync("docker", ["image", "inspect", BASE], { stdio: "ignore" }).status === 0;
if (!there)
  console.log(`skipped: the example fleet's images are built on ${BASE}, which is not here (docker pull ${BASE})`);

const began = performance.now();
const lap = (what: string) => console.log(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`);

describe.skipIf(!there)("the example fleet in containers", { timeout: 1_800_000 }, () => {
  let fleet: ExampleFleet;
  let first = "";
  let firstArtifacts: Readonly<Record<string, string>> = {};
  let upgraded: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    fleet = await exampleFleet();
    lap("databases are up");
  }, 300_000);
  afterAll(async () => {
    await fleet?.sink();
    lap("gone");
    expect(leftOf(fleet)).toEqual([]);
    expect(processesOf(fleet.folder)).toEqual([]);
    expect(existsSync(fleet.folder)).toBe(false);
  }, 120_000);

  const release = async (...args: readonly string[]) => {
    const ran = await fleet.sampan(args);
    lap(args.join(" "));
    return { code: ran.code, said: ran.stdout + ran.stderr, document: ran.json() as ReleaseDocument };
  };
  const verified = async (...args: readonly string[]): Promise<ReleaseDocument> => {
    const { code, said, document } = await release(...args);
    expect({ code, status: document.status }, said).toEqual({ code: 0, status: "verified" });
    return document;
  };
  const running = async (): Promise<readonly SeenContainer[]> => {
    const seen = await containersOf(fleet.name);
    const counts = Object.fromEntries(
      SERVICES.map((name) => [name, seen.filter(({ service }) => service === name).length]),
    );
    expect(counts).toEqual(Object.fromEntries(SERVICES.map((name) => [name, REPLICAS[name] ?? 1])));
    expect(seen.every((one) => one.running)).toBe(true);
    return seen;
  };
  const artifactsOf = (seen: readonly SeenContainer[]) =>
    Object.fromEntries(seen.map(({ service, artifact }) => [service, artifact]));

  it("is built and pushed by one commit, and goes up with its migrations", async () => {
    const head = fleet.git("rev-parse", "HEAD");
    const document = await verified("deploy", "staging");
    first = document.release ?? "";
    const artifacts = artifactsOf(await running());
    firstArtifacts = artifacts;
    for (const service of SERVICES) {
      const repository = `${fleet.name}/${service}-service`;
      expect([service, await digestIn(fleet.registry.address, `${repository}:${head}`)]).toEqual([
        service,
        artifacts[service],
      ]);
    }
    const base = Number(docker("image", "inspect", "--format", "{{.Size}}", BASE));
    for (const [service, artifact] of Object.entries(artifacts)) {
      const image = `${fleet.registry.address}/${fleet.name}/${service}-service@${artifact}`;
      const [user, size] = docker("image", "inspect", "--format", "{{.Config.User}} {{.Size}}", image).split(" ");
      expect([service, user]).toEqual([service, "node"]);
      expect(Number(size) - base).toBeLessThan(8 * 1024 * 1024);
    }
    const container = (await running()).find(({ service }) => service === "blog")?.id ?? "";
    expect(docker("exec", container, "node", "--print", "[process.getuid(), ...fs.readdirSync('.')].join()")).toBe(
      "1000,dist,package.json",
    );
    const again = await fleet.sampan(["build"]);
    expect((again.json() as { services: { built: boolean }[] }).services.map(({ built }) => built)).toEqual(
      SERVICES.map(() => false),
    );
    // Rows that a migration has written, through the router and the database.
    const { items } = (await (await fleet.get("/v1/countries")).json()) as { items: readonly { code: string }[] };
    expect(items.map(({ code }) => code)).toContain("KH");
  });

  it("is upgraded under load and loses nothing", async () => {
    const before = artifactsOf(await running());
    const traffic = await fleet.traffic();
    fleet.git("apply", "--index", "changes/01-better.patch");
    fleet.commit("a better one");
    const { services } = await verified("deploy", "staging").finally(() => traffic.stop());
    const report = await traffic.stop();
    lap(`${report.served} served, ${report.lost} lost`);
    expect(report.lost, JSON.stringify({ ...report, acknowledged: [], losses: report.losses.slice(0, 20) })).toBe(0);
    expect(report.served).toBeGreaterThan(100);
    for (const [mix, { served }] of Object.entries(report.byMix)) expect([mix, served > 0]).toEqual([mix, true]);
    const changed = services.filter(({ status }) => status === "verified").map(({ name }) => name);
    expect(changed.sort()).toEqual(UPGRADED);
    upgraded = artifactsOf(await running());
    expect(SERVICES.filter((name) => before[name] !== upgraded[name]).sort()).toEqual(changed);
  });

  const DOCKERFILE = "services/blog/Dockerfile";
  const instead = (command: string) =>
    fleet.read(DOCKERFILE).replace(/^CMD .*$/m, () => `CMD ${JSON.stringify(["node", "-e", command])}`);
  const unwell = "require('http').createServer((_, r) => r.writeHead(503).end()).listen(process.env.PORT)";
  const dying = "setTimeout(() => process.exit(7), 3000); import('/app/dist/server.js')";
  const foreign = 'FROM scratch\nCOPY services/blog/program /program\nEXPOSE 8080\nCMD ["/program"]\n';
  /** Beyond the three seconds after which one of them dies. */
  const watched = () => ({
    "sampan.compose.yaml": fleet
      .read("sampan.compose.yaml")
      .replace(/( {2}blog:\n(?: {4}.*\n)*? {4}health: .*)healthyFor: 1s/, (_, before) => `${before}healthyFor: 5s`),
  });
  type Files = Readonly<Record<string, string | Buffer>>;
  const BAD: readonly (readonly [what: string, files: () => Files, why: RegExp])[] = [
    [
      "is never healthy",
      () => ({ [DOCKERFILE]: instead(unwell) }),
      /^blog\.\w+: .*(?:answered 503|unhealthy by its container's own check: it ended with 1)/,
    ],
    [
      "dies after three seconds of health",
      () => ({ [DOCKERFILE]: instead(dying), ...watched() }),
      /^blog\.health: blog-\S+ died with exit code 7/,
    ],
    [
      "is for another processor",
      () => ({ [DOCKERFILE]: foreign, "services/blog/program": foreignProgram() }),
      /^blog\.up: blog-\S+ died with exit code \d+ .*exec format error/,
    ],
  ];

  /** What ran before still does, and serves. */
  const thrownBack = async (
    { code, said, document }: Awaited<ReturnType<typeof release>>,
    why: RegExp,
    before: readonly SeenContainer[],
  ) => {
    expect({ code, status: document.status }, said).toEqual({ code: 4, status: "rolled-back" });
    const message = document.problems[0]?.message ?? "";
    lap(message);
    expect(message, said).toMatch(why);
    expect(message).not.toContain("\n");
    expect((await running()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect((await fleet.get("/v1/articles")).status).toBe(200);
    fleet.git("reset", "--quiet", "--hard", "HEAD~1");
  };

  it.each(BAD)("throws an image back that %s, and says why", async (_what, files, why) => {
    const before = await running();
    fleet.commit("a bad one", files());
    await thrownBack(await release("deploy", "staging"), why, before);
  });

  it("goes back to its first release", async () => {
    const { services } = await verified("rollback", "staging", "--to", first);
    expect(
      services
        .filter(({ status }) => status === "verified")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(UPGRADED);
    expect(artifactsOf(await running())).toEqual(firstArtifacts);
    expect((await fleet.get("/v1/articles")).status).toBe(200);
  });

  it("goes back to nothing whose image is gone, and says so before anything is done", async () => {
    const lost = `${fleet.registry.address}/${fleet.name}/pulse-service@${firstArtifacts.pulse}`;
    fleet.commit("another one", { "services/pulse/README.md": "# Pulse\n" });
    await verified("deploy", "staging");
    const before = await running();
    const [id, ...names] = docker(
      "image",
      "inspect",
      "--format",
      "{{.Id}}{{range .RepoTags}} {{.}}{{end}}",
      lost,
    ).split(" ");
    expect(names.length).toBeGreaterThan(0);
    const manifest = `http://${fleet.registry.address}/v2/${fleet.name}/pulse-service/manifests/${firstArtifacts.pulse}`;
    expect((await fetch(manifest, { method: "DELETE" })).status).toBe(202);
    docker("image", "rm", "--force", id ?? "");
    const { code, said, document } = await release("rollback", "staging", "--to", first);
    expect(code, said).toBe(3);
    expect(document.problems).toMatchObject([
      { code: "artifact-gone", message: `the image of pulse as ${first} verified it is not there any more` },
    ]);
    expect((await running()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  it("loses the images that nobody needs, and keeps those that run or that a rollback needs", async () => {
    // What is younger than an hour is left alone: two hours from now.
    const later = join(fleet.folder, "later.mjs");
    writeFileSync(later, "const now = Date.now;\nDate.now = () => now() + 2 * 3_600_000;\n");
    const ran = await fleet.sampan(["images", "prune", "staging"], { NODE_OPTIONS: `--import=${later}` });
    lap("images prune staging");
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    const { removed } = ran.json() as { removed: readonly Readonly<{ service: string; artifact: string }>[] };
    // The bad ones.
    expect([...new Set(removed.map(({ service }) => service))]).toEqual(["blog"]);
    expect(new Set(removed.map(({ artifact }) => artifact)).size).toBe(BAD.length);
    const needed = new Set([...Object.values(firstArtifacts), ...Object.values(upgraded)]);
    for (const { artifact } of removed) expect([artifact, needed.has(artifact)]).toEqual([artifact, false]);
    await running();
  });
});
