import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LABEL } from "../../src/artifacts/images/labels.ts";
import { unfinishedTag } from "../../src/artifacts/images/unfinished.ts";
import { systemClock } from "../../src/io/clock.ts";
import { Refused } from "../../src/problem.ts";
import { ENCODINGS, SHAPES, searcherFor } from "../canaries.ts";
import {
  digestIn,
  docker,
  type ImageFleet,
  type ImageFleetOptions,
  imageFleet,
  SECRET,
  tagsIn,
} from "./image-fleet.ts";
import { type Registry, startRegistry } from "./registry.ts";

type Built = Readonly<{
  kind: string;
  services: readonly Readonly<{ name: string; artifact: string; source: string; commit: string; built: boolean }>[];
  problems?: readonly Readonly<{ code: string; message: string }>[];
}>;

let registry: Registry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

const fleets: ImageFleet[] = [];
const fleet = (options: Partial<ImageFleetOptions> = {}): ImageFleet => {
  const one = imageFleet({ registry: registry.address, ...options });
  fleets.push(one);
  return one;
};
afterEach(() => {
  for (const one of fleets.splice(0)) one.remove();
});

async function build(
  one: ImageFleet,
  at: Parameters<ImageFleet["sampan"]>[1] = {},
): Promise<Built["services"][number]> {
  const ran = await one.sampan(["build", "--json"], at);
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr);
  const [service] = (ran.json() as Built).services;
  if (service === undefined) throw new Error("nothing was built");
  return service;
}

async function refusal(
  ran: ReturnType<ImageFleet["sampan"]>,
): Promise<Readonly<{ code: number | null; problems: NonNullable<Built["problems"]>; said: string }>> {
  const { code, stdout, stderr } = await ran;
  return { code, problems: (JSON.parse(stdout) as Built).problems ?? [], said: stdout + stderr };
}

const contentOf = (image: string): string => {
  const container = docker("container", "create", image, "none");
  try {
    return docker("container", "cp", `${container}:/app`, "-").replaceAll("\0", "");
  } finally {
    docker("container", "rm", container);
  }
};

describe("sampan build", { timeout: 180_000 }, () => {
  it("makes an image of what is committed, pushes it, and names it by its digest", async () => {
    const one = fleet();
    one.repository.write({ "services/blog/.env": "not committed", "services/blog/untracked.txt": "neither" });
    const made = await build(one);
    const head = one.repository.git("rev-parse", "HEAD");
    const name = `${one.name}/blog`;
    expect(made).toMatchObject({ name: "blog", commit: head, built: true });
    expect(made.source).toBe(`${registry.address}/${name}@${made.artifact}`);
    expect(await digestIn(registry.address, `${name}:${head}`)).toBe(made.artifact);
    expect(await digestIn(registry.address, `${name}:${head.slice(0, 7)}`)).toBe(made.artifact);
    const tags = await tagsIn(registry.address, name);
    expect(tags.filter((tag) => !tag.startsWith("tree-"))).toEqual([head.slice(0, 7), head].sort());
    const labels = JSON.parse(docker("image", "inspect", "--format", "{{json .Config.Labels}}", made.source));
    expect(labels).toMatchObject({
      "org.opencontainers.image.revision": head,
      "org.opencontainers.image.version": head.slice(0, 7),
      "org.opencontainers.image.created": one.repository.git("show", "--no-patch", "--format=%cI", head),
      "sampan.image.tree": expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      "sampan.image.service": "blog",
    });
    const content = contentOf(made.source);
    expect(content).toContain(`blog of ${one.name}`);
    expect(content).not.toMatch(/not committed|neither/);
    // The way to it leaves nothing.
    expect(docker("image", "ls", "--format", "{{.Tag}}", `${registry.address}/${name}`)).not.toContain("unfinished");
  });

  it("builds the same tree once: another commit, and another machine, get the digest that is there", async () => {
    const one = fleet();
    const first = await build(one);
    expect(await build(one)).toMatchObject({ artifact: first.artifact, built: false });
    const next = one.repository.commit({ "README.md": "for nobody's image\n" });
    expect(await build(one)).toMatchObject({ artifact: first.artifact, commit: first.commit, built: false });
    expect(await digestIn(registry.address, `${one.name}/blog:${next}`)).toBe(first.artifact);
    const elsewhere = join(one.home, "..", "elsewhere");
    expect(await build(one, { home: elsewhere })).toMatchObject({
      artifact: first.artifact,
      commit: first.commit,
      built: false,
    });
    one.repository.commit({ "services/blog/main.txt": "another\n" });
    expect((await build(one)).artifact).not.toBe(first.artifact);
  });

  it("names a release by its tag, and refuses one that can be no image's", async () => {
    const one = fleet();
    const file = readFileSync(join(one.repository.root, "sampan.yaml"), "utf8");
    one.repository.commit({ "sampan.yaml": file.replace("services:", "version: tag\nservices:") });
    one.repository.git("tag", "v1.2.0");
    const made = await build(one);
    expect(await digestIn(registry.address, `${one.name}/blog:v1.2.0`)).toBe(made.artifact);
    one.repository.git("tag", "--delete", "v1.2.0");
    one.repository.git("tag", "latest");
    expect(await refusal(one.sampan(["build", "--json"]))).toMatchObject({ code: 2, problems: [{ code: "bad-tag" }] });
  });

  it("notices a tag that means another image than it did, and overwrites none", async () => {
    const one = fleet();
    const head = one.repository.git("rev-parse", "HEAD");
    const made = await build(one);
    const other = fleet();
    const strange = await build(other);
    const name = `${registry.address}/${one.name}/blog`;
    const move = (tag: string): void => {
      docker("image", "tag", strange.source, `${name}:${tag}`);
      docker("image", "push", "--quiet", `${name}:${tag}`);
    };
    const [tree = ""] = (await tagsIn(registry.address, `${one.name}/blog`)).filter((tag) => tag.startsWith("tree-"));
    move(head);
    const moved = await refusal(one.sampan(["build", "--json"]));
    expect(moved).toMatchObject({ code: 3, problems: [{ code: "tag-moved" }] });
    expect(moved.problems[0]?.message).toContain(`blog: ${name}:${head}`);
    const there = await digestIn(registry.address, `${one.name}/blog:${head}`);
    expect(there).not.toBe(made.artifact);
    move(tree);
    expect(await refusal(one.sampan(["build", "--json"]))).toMatchObject({
      code: 3,
      problems: [{ code: "tag-moved" }],
    });
    // A machine that never saw the right one sees that this is none of this tree.
    const elsewhere = { home: join(one.home, "..", "elsewhere") };
    expect(await refusal(one.sampan(["build", "--json"], elsewhere))).toMatchObject({
      code: 3,
      problems: [{ code: "tag-moved" }],
    });
    expect(await digestIn(registry.address, `${one.name}/blog:${head}`)).toBe(there);
  });

  it("keeps images in the engine where the fleet file names no registry", async () => {
    const one = fleet({ registry: null });
    const made = await build(one);
    expect(made.source).toBe(made.artifact);
    const head = one.repository.git("rev-parse", "HEAD");
    expect(docker("image", "inspect", "--format", "{{.Id}}", `${one.name}/blog:${head}`)).toBe(made.artifact);
    expect(await build(one)).toMatchObject({ artifact: made.artifact, built: false });
    const next = one.repository.commit({});
    await build(one);
    expect(docker("image", "inspect", "--format", "{{.Id}}", `${one.name}/blog:${next}`)).toBe(made.artifact);
  });

  it("overwrites no tag of the engine that means another image, and says whose", async () => {
    const one = fleet({ registry: null, services: ["blog", "core"] });
    await build(one);
    const next = one.repository.commit({});
    const strange = await build(fleet({ registry: null }));
    docker("image", "tag", strange.artifact, `${one.name}/core:${next}`);
    const refused = await refusal(one.sampan(["build", "--json"]));
    expect(refused).toMatchObject({ code: 3, problems: [{ code: "tag-moved" }] });
    expect(refused.problems[0]?.message).toContain(`core: ${one.name}/core:${next}`);
    expect(docker("image", "inspect", "--format", "{{.Id}}", `${one.name}/core:${next}`)).toBe(strange.artifact);
  });

  it("clears away what a build that died left in the engine, and nothing that may be another's still", async () => {
    const one = fleet();
    const HOUR = 3_600_000;
    // As a builder leaves them: only `docker tag` would have the engine write down a time.
    const left = (hours: number): string => {
      const tag = `${registry.address}/${one.name}/blog:${unfinishedTag(Date.now() - hours * HOUR, "00c0ffee")}`;
      const given = Object.entries({
        [LABEL.fleet]: one.name,
        [LABEL.service]: "blog",
        [LABEL.tree]: `sha256:${"c".repeat(64)}`,
        [LABEL.folder]: "c".repeat(40),
        [LABEL.revision]: "c".repeat(40),
        hours,
      }).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
      docker("buildx", "build", "--load", "--tag", tag, ...given, join(one.repository.root, "services/blog"));
      expect(docker("image", "inspect", "--format", "{{.Metadata.LastTagTime.Unix}}", tag)).toBe("-62135596800");
      return tag;
    };
    const [dead, other] = [left(25), left(2)];
    const there = () =>
      docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", `${registry.address}/${one.name}/blog`);
    await build(one);
    expect(there()).not.toContain(dead);
    expect(there()).toContain(other);
    const prune = { keep: new Set<string>(), asked: false, signal: AbortSignal.timeout(60_000) };
    await (await one.kind()).prune(prune);
    expect(there()).toContain(other);
    await (await one.kind({ clock: { ...systemClock, now: () => systemClock.now() + 24 * HOUR } })).prune(prune);
    expect(there()).toBe("");
  });

  it("takes names with quotes and dashes as they are", async () => {
    const value = `it's "quoted" --push $(touch x) \${HOME} ; \\`;
    const one = fleet({
      within: `it's a "place" --x`,
      services: ["a-b"],
      service: `build: { dockerfile: docker files/-Dockerfile, args: { GREETING: ${JSON.stringify(value)} } }`,
      files: {
        "services/a-b/docker files/-Dockerfile":
          'FROM scratch\nARG GREETING\nCOPY main.txt /app/\nLABEL greeting="$GREETING"\n',
        "services/a-b/Dockerfile": null,
      },
    });
    one.repository.git("remote", "add", "origin", `https://user:pass@git.example/it's "x" --y.git`);
    const made = await build(one);
    const labels = JSON.parse(docker("image", "inspect", "--format", "{{json .Config.Labels}}", made.source));
    expect(labels.greeting).toBe(value);
    expect(labels["org.opencontainers.image.source"]).toContain(`git.example/it's "x" --y.git`);
    expect(JSON.stringify(labels)).not.toContain("pass");
  });
});

describe("a secret in an image", { timeout: 180_000 }, () => {
  it.each<[string, string, RegExp]>([
    [
      "in a layer",
      "FROM scratch\nCOPY . /app/\n",
      /value of TOKEN of blog in staging: \/app\/config\.json, line 2, layer 1 of 1/,
    ],
    [
      "in its history",
      `FROM scratch\nCOPY main.txt /app/\nENV A=${SECRET}\n`,
      /value of TOKEN of blog in staging: its configuration or history/,
    ],
  ])("%s is not pushed, and not shown", async (_, dockerfile, message) => {
    const files = {
      "services/blog/Dockerfile": dockerfile,
      "services/blog/config.json": `{\n"token": ${JSON.stringify(SECRET)} }\n`,
    };
    const one = fleet({ files });
    for (const attempt of [1, 2]) {
      const refused = await refusal(one.sampan(["build", "--json"]));
      expect([attempt, refused.code, refused.problems[0]?.code]).toEqual([attempt, 3, "secret-in-image"]);
      expect(refused.problems[0]?.message).toMatch(message);
      expect(refused.said).not.toContain(SECRET);
    }
    expect(await tagsIn(registry.address, `${one.name}/blog`)).toEqual([]);
    expect(docker("image", "ls", "--quiet", `${registry.address}/${one.name}/blog`)).toBe("");
  });

  it("is found where a later layer takes it away", async () => {
    const files = {
      "services/blog/Dockerfile": "FROM scratch\nCOPY config.txt /app/config.txt\nCOPY main.txt /app/config.txt\n",
      "services/blog/config.txt": `${Buffer.from(`user:${SECRET}`).toString("base64")}\n`,
    };
    const refused = await refusal(fleet({ files }).sampan(["build", "--json"]));
    expect(refused.problems[0]?.message).toMatch(/\/app\/config\.txt, line 1, layer 1 of 2 \(COPY config\.txt/);
  });

  it("is found in twelve shapes and fourteen encodings, and shown in none of them", async () => {
    const quoted = (value: string): string => {
      const quote = ["'", "`", '"'].find((mark) => !value.includes(mark)) ?? "'";
      return `${quote}${value}${quote}`;
    };
    const files = Object.fromEntries(
      Object.entries(SHAPES).flatMap(([name, { value }]) =>
        Object.entries(ENCODINGS).map(([encoding, encode]) => [
          `services/blog/canaries/${name}.${encoding}`,
          `x=${encode(value)}\n`,
        ]),
      ),
    );
    const names = Object.keys(SHAPES);
    const one = fleet({
      files: { ...files, "services/blog/.env.example": names.map((name) => `${name}=\n`).join("") },
    });
    one.repository.write({
      "env/staging.env": names.map((name) => `${name}=${quoted(SHAPES[name]?.value ?? "")}\n`).join(""),
    });
    const refused = await refusal(one.sampan(["build", "--json", "--verbose"]));
    expect(refused.code).toBe(3);
    const more = Number(/(\d+) more places hold secrets/.exec(refused.problems.at(-1)?.message ?? "")?.[1]);
    expect(refused.problems.length - 1 + more).toBeGreaterThanOrEqual(names.length * Object.keys(ENCODINGS).length);
    const leaks = searcherFor(SHAPES);
    expect(leaks(refused.said)).toEqual([]);
    // Neither in what is kept of the build: its log, and what was seen of its layers; beside the committed files themselves.
    const kept = readdirSync(one.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/canaries"))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    expect(kept.length).toBeGreaterThan(1);
    expect(leaks(kept.join("\n"))).toEqual([]);
    expect(await tagsIn(registry.address, `${one.name}/blog`)).toEqual([]);
  });

  it("is refused as a build argument before anything is built", async () => {
    const one = fleet({ service: `build: { args: { A: "prefix-${SECRET}" } }` });
    const refused = await refusal(one.sampan(["build", "--json"]));
    expect(refused).toMatchObject({
      code: 3,
      problems: [{ code: "secret-build-argument", message: expect.stringContaining("TOKEN of blog in staging") }],
    });
    expect(refused.said).not.toContain(SECRET);
    expect(existsSync(join(one.home, "fleets", one.name, "logs"))).toBe(false);
  });
});

describe("an environment after another", { timeout: 180_000 }, () => {
  it("takes the digest that was verified there, whatever became of its tags, and builds nothing", async () => {
    const one = fleet();
    const made = await build(one);
    const verified = { blog: [made.source] };
    const kind = await one.kind({ state: join(one.home, "elsewhere") });
    const order = await one.order({ verified, state: join(one.home, "elsewhere") });
    expect((await kind.look(order)).blog).toMatchObject({ artifact: made.artifact, found: { source: made.source } });
    expect((await kind.build(order)).blog).toMatchObject({ artifact: made.artifact, built: false });
    one.repository.commit({ "services/blog/main.txt": "never verified\n" });
    const other = await one.order({ verified, state: join(one.home, "elsewhere") });
    expect((await kind.look(other)).blog).toMatchObject({ artifact: null, found: null });
    await expect(kind.build(other)).rejects.toMatchObject({ problems: [{ code: "not-verified-before" }], exit: 3 });
  });

  it("refuses a tree's tag that now means another image than the verified or the recorded one", async () => {
    const one = fleet();
    const made = await build(one);
    const name = `${registry.address}/${one.name}/blog`;
    const [tree = ""] = (await tagsIn(registry.address, `${one.name}/blog`)).filter((tag) => tag.startsWith("tree-"));
    // The same labels on other content: only the digest tells.
    const again = docker("container", "create", made.source, "none");
    docker("container", "cp", join(one.repository.root, "sampan.yaml"), `${again}:/app/more`);
    docker("container", "commit", again, `${name}:${tree}`);
    docker("container", "rm", again);
    docker("image", "push", "--quiet", `${name}:${tree}`);
    const elsewhere = join(one.home, "elsewhere");
    const kind = await one.kind({ state: elsewhere });
    const looking = kind.look(await one.order({ verified: { blog: [made.source] }, state: elsewhere }));
    await expect(looking).rejects.toMatchObject({ problems: [{ code: "tag-moved" }], exit: 3 });
    // This machine has built the right one, and remembers.
    const refused = await refusal(one.sampan(["build", "--json"]));
    expect(refused).toMatchObject({
      code: 3,
      problems: [{ code: "tag-moved", message: expect.stringContaining("as this machine recorded") }],
    });
  });
});

describe("the files of an image", { timeout: 180_000 }, () => {
  it("are the service's own, as the commit had them, on any machine that has the commit", async () => {
    const one = fleet({ files: { "services/blog/migrations/0001_a.up.sql": "select 1;\n" } });
    const made = await build(one);
    one.repository.commit({ "services/blog/migrations/0001_a.up.sql": "select 2;\n" });
    for (const state of [join(one.home, "fleets", one.name), join(one.home, "elsewhere")]) {
      const folder = await (await one.kind({ state })).files({
        service: "blog",
        source: made.source,
        signal: AbortSignal.timeout(60_000),
      });
      expect(readFileSync(join(folder, "migrations", "0001_a.up.sql"), "utf8")).toBe("select 1;\n");
    }
  });

  it("are asked for where the clone does not have them", async () => {
    const one = fleet();
    const made = await build(one);
    const without = fleet();
    const kind = await without.kind();
    const source = made.source.replace(`${one.name}/blog`, `${without.name}/blog`);
    docker("image", "tag", made.source, `${registry.address}/${without.name}/blog:copy`);
    docker("image", "push", "--quiet", `${registry.address}/${without.name}/blog:copy`);
    const asked = kind.files({ service: "blog", source, signal: AbortSignal.timeout(60_000) });
    await expect(asked).rejects.toThrow(Refused);
    await expect(asked).rejects.toMatchObject({ problems: [{ code: "artifact-files-gone" }] });
  });
});

describe("sampan images prune", { timeout: 180_000 }, () => {
  const later = { ...systemClock, now: () => systemClock.now() + 2 * 3_600_000 };

  it("removes what is not needed and no more: not what is kept, just made, another fleet's or called otherwise", async () => {
    const one = fleet();
    const old = await build(one);
    docker("image", "tag", old.source, `${one.name}-mine:kept`);
    one.repository.commit({ "services/blog/main.txt": "new\n" });
    const active = await build(one);
    const other = await build(fleet());
    const keep = new Set([active.artifact]);
    const signal = AbortSignal.timeout(60_000);
    expect(await (await one.kind()).prune({ keep, asked: true, signal })).toEqual([]);
    const kind = await one.kind({ clock: later });
    const engineOnly = await kind.prune({ keep, asked: false, signal });
    expect(engineOnly).toMatchObject([{ service: "blog", from: "engine", tags: [expect.stringMatching(/^tree-/)] }]);
    expect(await kind.there({ service: "blog", source: old.source, signal })).toBe(true);
    expect(docker("image", "inspect", "--format", "{{.Id}}", `${one.name}-mine:kept`)).toMatch(/^sha256:/);
    const asked = await kind.prune({ keep, asked: true, signal });
    expect(asked).toMatchObject([{ service: "blog", from: "registry", artifact: old.artifact }]);
    expect(await digestIn(registry.address, `${one.name}/blog:${old.commit}`)).toBeNull();
    expect(await digestIn(registry.address, `${one.name}/blog:${active.commit}`)).toBe(active.artifact);
    expect(docker("image", "inspect", "--format", "{{.Id}}", active.source)).toMatch(/^sha256:/);
    expect(docker("image", "inspect", "--format", "{{.Id}}", other.source)).toMatch(/^sha256:/);
    docker("image", "rm", `${one.name}-mine:kept`);
  });
});
