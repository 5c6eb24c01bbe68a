import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { init } from "../../src/fleet/init/init.ts";

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Proposed = Readonly<{
  services: Readonly<Record<string, Record<string, unknown>>>;
  environments: { staging: { target?: Record<string, unknown> } };
}>;

/** What `sampan init` writes for these files, in a repository with web/ and api/. */
async function proposed(files: Readonly<Record<string, string>>): Promise<Readonly<{ text: string; file: Proposed }>> {
  const root = mkdtempSync(join(tmpdir(), "sampan-propose-"));
  folders.push(root);
  const images = Object.fromEntries(
    ["web", "api"].map((name) => [`${name}/Dockerfile`, "FROM scratch\nEXPOSE 8080\n"]),
  );
  for (const [name, text] of Object.entries({ ...images, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  await init(root);
  const text = readFileSync(join(root, "sampan.yaml"), "utf8");
  return { text, file: parse(text) as Proposed };
}

const WEB = { path: "web", port: 8080, routes: ["/"] };

describe("a proposal is made from what Compose makes of the files", { timeout: 30_000 }, () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    [
      "extends, from another file",
      {
        "compose.yaml": "services:\n  web: { extends: { file: common.yaml, service: base }, ports: ['80:8080'] }\n",
        "common.yaml": "services:\n  base: { build: web }\n",
      },
    ],
    [
      "include, with folders of its own",
      {
        "compose.yaml": "include: [web/compose.yaml]\n",
        "web/compose.yaml": "services:\n  web: { build: ., ports: ['80:8080'] }\n",
      },
    ],
    [
      "an override that builds, and takes ports away",
      {
        "compose.yaml": "services:\n  web: { image: a/b, ports: ['9000:9000'] }\n",
        "compose.override.yaml": "services:\n  web: { build: web, ports: !override ['80:8080'] }\n",
      },
    ],
    [
      "a range of ports, UDP and a variable",
      { "compose.yaml": "services:\n  web: { build: '${W:-web}', ports: ['53:53/udp', '8080-8081:8080-8081'] }\n" },
    ],
  ])("%s", async (_, files) => {
    const { file, text } = await proposed(files);
    expect(Object.keys(file.services)).toEqual(["web"]);
    expect(file.services.web).toMatchObject(WEB);
    expect(file.environments.staging.target).toMatchObject({ kind: "compose" });
    expect(text).not.toContain("was read as text");
  });

  it("finds the one file that has another name, and asks where there are several", async () => {
    const web = "services:\n  web: { build: ../web, ports: ['80:8080'] }\n";
    const { file } = await proposed({ "deploy/docker-compose.yml": web });
    expect(file.services.web).toMatchObject(WEB);
    expect(file.environments.staging.target).toMatchObject({ kind: "compose", files: ["deploy/docker-compose.yml"] });
    const { text } = await proposed({ "compose.dev.yaml": web, "compose.prod.yaml": web });
    expect(text).toMatch(/#\? compose\.dev\.yaml, compose\.prod\.yaml may be compose files; name those .* files: \[/);
  });

  it("keeps the order of the file, and puts no variable of this machine into it", async () => {
    vi.stubEnv("TOKEN_OF_MINE", "never-written-down");
    const { file, text } = await proposed({
      "compose.yaml":
        "services:\n  web: { build: { context: web, args: { T: '${TOKEN_OF_MINE}', U: '${U}' } }, ports: ['80:8080'] }\n  api: { build: api, ports: ['81:8080'] }\n",
      ".env": "U=of-the-repository\n",
    });
    expect(Object.keys(file.services)).toEqual(["web", "api"]);
    expect(file.services.web).toMatchObject({ ...WEB, build: { args: { U: "of-the-repository" } } });
    expect(text).not.toContain("never-written-down");
  });

  it("says why Compose refuses the file, and proposes what can be read of it", async () => {
    const { file, text } = await proposed({
      "compose.yaml": "services:\n  web: { build: web, image: 'a:${TAG:?say which}', ports: ['80:8080'] }\n",
    });
    expect(text).toMatch(/#\? compose\.yaml was read as text: Compose refuses it: .*say which/);
    expect(file.services.web).toMatchObject(WEB);
  });

  it("says what it leaves out where there is no Docker", async () => {
    vi.stubEnv("PATH", "/nonexistent");
    const files = { "compose.yaml": "include: [more.yaml]\nservices:\n  web: { build: web, ports: ['80:8080'] }\n" };
    const { file, text } = await proposed(files);
    expect(text).toMatch(/#\? compose\.yaml was read as text: .*no docker command here; what it extends, includes/);
    expect(file.services.web).toMatchObject(WEB);
  });
});
