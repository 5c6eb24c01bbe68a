import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { environmentOf } from "../../src/compose/project.ts";
import { type ComposeFiles, resolveCompose } from "../../src/compose/resolve.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };

/** What Compose makes of these files, or why it refuses them. */
async function resolved(files: Readonly<Record<string, string>>, at: Partial<ComposeFiles> = {}) {
  const root = mkdtempSync(join(tmpdir(), "sampan-resolve-"));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const signal = new AbortController().signal;
  const read = await resolveCompose({ root, files: [], project: null, profiles: [], env, signal, ...at });
  return "project" in read ? { root, project: read.project, problems: [] } : { root, ...read, project: undefined };
}

describe("a compose file is read as Compose reads it", { timeout: 30_000 }, () => {
  it("in several files, of which the later one wins", async () => {
    const files = {
      "deploy/base.yaml": "services:\n  web: { image: a, environment: { A: base, B: base } }\n",
      "deploy/more.yaml": "services:\n  web: { environment: { B: more } }\n  queue: { image: b }\n",
    };
    const { project, problems } = await resolved(files, { files: Object.keys(files), project: "shop" });
    expect(problems).toEqual([]);
    expect([project?.name, Object.keys(project?.services ?? {}).sort()]).toEqual(["shop", ["queue", "web"]]);
    expect(environmentOf(project?.services.web ?? {})).toEqual({ A: "base", B: "more" });
  });

  it("with paths from the folder of the first file", async () => {
    const files = {
      "deploy/base.yaml": "services:\n  web: { build: ../web, env_file: [own.env], volumes: ['./data:/data'] }\n",
      "deploy/own.env": "A=b\n",
    };
    const { project, problems, root } = await resolved(files, { files: ["deploy/base.yaml"], project: "shop" });
    expect(problems).toEqual([]);
    expect(project?.services.web).toMatchObject({
      build: { context: join(root, "web") },
      environment: { A: "b" },
      volumes: [{ source: join(root, "deploy/data") }],
    });
  });

  it("with the override that lies beside it, where none is named", async () => {
    const { project, root } = await resolved({
      "docker-compose.yml": "services:\n  web: { image: a }\n",
      "docker-compose.override.yml": "services:\n  web: { image: b }\n",
      "compose.override.yaml": "services:\n  web: { image: another name's }\n",
    });
    expect(project?.services.web?.image).toBe("b");
    expect(project?.name).toBe(basename(root).toLowerCase());
  });

  it("with the profiles that are named, env_file, .env and what x- keys are put in for", async () => {
    const files = {
      ".env": "TAG=7\n",
      "web.env": "FROM_FILE=yes\n",
      "compose.yaml": `
x-common: &common { restart: always, environment: { COMMON: "yes" } }
x-mine: { anything: [goes] }
services:
  web: { <<: *common, image: "a:\${TAG}", env_file: [web.env] }
  debug: { image: b, profiles: [debug] }
  load: { image: c, profiles: [load] }
`,
    };
    const { project, problems } = await resolved(files, { profiles: ["debug"] });
    expect(problems).toEqual([]);
    expect(Object.keys(project?.services ?? {}).sort()).toEqual(["debug", "web"]);
    expect(project?.services.web).toMatchObject({ image: "a:7", restart: "always" });
    // Where a service has variables of its own, they win over the file's.
    expect(environmentOf(project?.services.web ?? {})).toEqual({ COMMON: "yes", FROM_FILE: "yes" });
  });
});

describe("a compose file that cannot be used is named", { timeout: 30_000 }, () => {
  it.each<[string, string, RegExp, number | null]>([
    [
      "is no YAML",
      "services:\n  web: { image: a\n  b: c\n",
      /^Compose refuses it: .*yaml: line \d+/,
      expect.any(Number),
    ],
    ["has a key that Compose does not know", "services:\n  web: { image: a, imagine: b }\n", /imagine/, null],
    ["needs a service that it has not", "services:\n  web: { image: a, depends_on: [db] }\n", /"?web"? .*"?db"?/, null],
    ["names a file that is not there", "services:\n  web: { image: a, env_file: [none.env] }\n", /none\.env/, null],
    ["needs a variable that is not set", `services:\n  web: { image: "\${TAG:?say which}" }\n`, /say which/, null],
  ])("which %s", async (_, text, why, line) => {
    const { problems, root } = await resolved({ "compose.yaml": text });
    expect(problems).toEqual([
      expect.objectContaining({
        code: "compose-refused",
        file: join(root, "compose.yaml"),
        line,
        message: expect.stringMatching(why),
        hint: "try it: docker compose config",
      }),
    ]);
  });

  it("which is not there, each of them", async () => {
    const { problems, root } = await resolved(
      { "a.yaml": "services: {}\n" },
      { files: ["a.yaml", "b.yaml", "c/d.yaml"] },
    );
    expect(problems).toMatchObject(
      ["b.yaml", "c/d.yaml"].map((name) => ({ code: "compose-file-missing", file: join(root, name) })),
    );
    expect((await resolved({})).problems).toMatchObject([{ code: "no-compose-file" }]);
  });

  it("as Docker's plugin is that reads it, where there is none", async () => {
    const { problems } = await resolved(
      { "compose.yaml": "services: {}\n" },
      { env: { PATH: "/nonexistent", HOME: "/nonexistent" } },
    );
    expect(problems).toMatchObject([{ code: "no-compose", hint: "install Docker with its plugin compose (v2)" }]);
  });
});
