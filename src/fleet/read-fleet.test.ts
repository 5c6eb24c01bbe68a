import { spawnSync } from "node:child_process";
import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../../test/repository.ts";
import { readFleet } from "./read-fleet.ts";

const problemsOf = async (path: string) => {
  const result = await readFleet(path);
  return "problems" in result ? result.problems.map(({ code, line, column }) => `${code} ${line}:${column}`) : [];
};

const servicesOf = async (root: string) => {
  const result = await readFleet(join(root, "sampan.yaml"));
  if ("problems" in result) throw new Error(JSON.stringify(result.problems, null, 1));
  return result.fleet.services;
};

const rest = "environments:\n  e: {}\n";
const manifest = (name: string) => ({ name, scripts: { start: "node main.js" } });

/** What proofs of migrations do where nothing is said of them. */
const UNPROVEN = { format: null, seed: null, checks: [], queries: null, codeFirst: false, variables: {} };

describe("readFleet", () => {
  it("finds in the repository what the file does not say", async () => {
    const root = await repository({
      "sampan.yaml": `fleet: shop\nservices:\n  blog: { smoke: { none: x } }\n  auth: { path: ./apps/auth, smoke: { none: x } }\n  legacy: { smoke: { none: x }, start: [./run] }\n${rest}`,
      "pnpm-workspace.yaml": "packages: [apps/*]\n",
      "package.json": { name: "shop" },
      "apps/blog-api/package.json": manifest("@shop/blog-service"),
      "apps/blog-api/Dockerfile": "FROM node AS build\nEXPOSE 1\nFROM node\nEXPOSE 3000/tcp \\\n  9000/udp\n",
      "apps/blog-api/.env.example": "# variables\nexport DATABASE_URL=\nMIGRATION_DATABASE_URL=x\n",
      "apps/blog-api/db/migrations/0001_a.up.sql": "",
      "apps/blog-api/openapi.yml": "",
      "apps/auth/package.json": manifest("auth"),
      "apps/auth/migrations/notes.md": "",
      "old/legacy/Dockerfile": "FROM scratch\n",
      "node_modules/legacy/Dockerfile": "FROM scratch\n",
    });
    const { blog, auth, legacy } = await servicesOf(root);
    expect(blog).toMatchObject({
      path: "apps/blog-api",
      port: 3000,
      contract: { kind: "file", file: "openapi.yml" },
      migrations: { dir: "db/migrations", url: "MIGRATION_DATABASE_URL", ...UNPROVEN },
    });
    expect(auth).toMatchObject({
      path: "apps/auth",
      port: 8080,
      contract: { kind: "none", declared: false },
      migrations: null,
    });
    expect(legacy?.path).toBe("old/legacy");
  });

  it.each([
    ["npm", { "package.json": { name: "shop", workspaces: ["services/*"] }, "package-lock.json": "{}" }],
    ["npm without a lock file", { "package.json": { name: "shop", workspaces: ["services/*"] } }],
    [
      "yarn",
      { "package.json": { name: "shop", private: true, workspaces: { packages: ["services/*"] } }, "yarn.lock": "" },
    ],
    ["no workspace at all", {}],
  ])("finds packages of %s", async (_what, files) => {
    const root = await repository({
      ...files,
      "sampan.yaml": `fleet: shop\nservices:\n  blog: { smoke: { none: x } }\n${rest}`,
      "services/blog/package.json": manifest("blog"),
    });
    expect((await servicesOf(root)).blog?.path).toBe("services/blog");
  });

  it("takes the root of a repository with one package", async () => {
    const root = await repository({
      "sampan.yaml": `fleet: blog\nservices:\n  blog: { smoke: { none: x } }\n${rest}`,
      "package.json": manifest("blog"),
    });
    expect((await servicesOf(root)).blog?.path).toBe(".");
  });

  it("lives with manifests that cannot be understood", async () => {
    const root = await repository({
      "sampan.yaml": `fleet: shop\nservices:\n  a: { path: a, smoke: { none: x }, start: [x] }\n  b: { smoke: { none: x } }\n${rest}`,
      "pnpm-workspace.yaml": "packages: ['*']\n",
      "package.json": "{",
      "a/package.json": '{"name": 1, "scripts": [], "dependencies": null}',
      "a/Dockerfile/nested": "a folder",
      "b/package.json": manifest("b"),
    });
    expect(Object.values(await servicesOf(root)).map(({ path }) => path)).toEqual(["a", "b"]);
  });

  it("refuses folders that are not there, or lead out of the repository", async () => {
    const outside = await repository({ "package.json": manifest("x") });
    const root = await repository({
      "sampan.yaml": `fleet: shop\nservices:\n  a: { path: gone, smoke: { none: x } }\n  b: { path: link, smoke: { none: x } }\n  c: { path: file, smoke: { none: x } }\n${rest}`,
      file: "",
    });
    await symlink(outside, join(root, "link"));
    expect(await problemsOf(join(root, "sampan.yaml"))).toEqual([
      "path-missing 3:14",
      "path-missing 4:14",
      "path-missing 5:14",
    ]);
  });

  it("refuses what is no text, or no file", async () => {
    const root = await repository({ "sampan.yaml": "" });
    await writeFile(join(root, "bytes.yaml"), Buffer.from([0x66, 0xff, 0xfe, 0x0a]));
    await mkdir(join(root, "folder.yaml"));
    expect(spawnSync("sh", ["-c", 'mkfifo "$0"', join(root, "pipe.yaml")]).status).toBe(0);
    expect(await problemsOf(join(root, "missing.yaml"))).toEqual(["no-fleet-file null:null"]);
    expect(await problemsOf(join(root, "bytes.yaml"))).toEqual(["not-utf8 null:null"]);
    expect(await problemsOf(join(root, "folder.yaml"))).toEqual(["fleet-file-unreadable null:null"]);
    expect(await problemsOf(join(root, "pipe.yaml"))).toEqual(["fleet-file-unreadable null:null"]);
    expect(await problemsOf(join(root, "sampan.yaml"))).toEqual(["bad-value 1:1"]);
  });

  it("refuses a file of 100 MB by its size, without reading it", async () => {
    const root = await repository({ "sampan.yaml": "fleet: x\n" });
    const file = join(root, "sampan.yaml");
    await truncate(file, 100_000_000);
    const started = performance.now();
    const before = process.memoryUsage().arrayBuffers;
    expect(await problemsOf(file)).toEqual(["file-too-large null:null"]);
    // What must be reached is itself a bound: 2 s and 300 MB.
    expect(performance.now() - started).toBeLessThan(2000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  it("reads the example fleet", async () => {
    const result = await readFleet(new URL("../../examples/go2asia/sampan.yaml", import.meta.url).pathname);
    if ("problems" in result) throw new Error(JSON.stringify(result.problems, null, 1));
    const { services, environments } = result.fleet;
    expect(Object.keys(services)).toEqual(["user-auth", "points", "content", "atlas", "pulse", "blog"]);
    expect(services.blog?.needs).toEqual(["content", "points", "user-auth"]);
    expect(environments.production?.after).toBe("staging");
  });
});
