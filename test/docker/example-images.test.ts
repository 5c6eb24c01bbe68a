import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sampan } from "../sampan.ts";
import { temporaryRepository } from "../temporary-repository.ts";
import { docker } from "./image-fleet.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/go2asia", import.meta.url));
const BASE = "node:24-slim";

const there = spawnSync("docker", ["image", "inspect", BASE], { stdio: "ignore" }).status === 0;
if (!there)
  console.log(`skipped: the example fleet's images are built on ${BASE}, which is not here (docker pull ${BASE})`);

type Built = Readonly<{ services: readonly Readonly<{ name: string; artifact: string; built: boolean }>[] }>;

it.skipIf(!there)(
  "the example fleet's six images are built, small, and run as nobody in particular",
  { timeout: 900_000 },
  async () => {
    const repository = temporaryRepository({ within: "repository" });
    const name = `go2asia-${process.pid}`;
    try {
      cpSync(EXAMPLE, repository.root, { recursive: true, filter: (path) => !/\/(?:node_modules|dist)$/.test(path) });
      const file = join(repository.root, "sampan.compose.yaml");
      // Images stay in the engine: what is pushed is another test's business.
      const fleet = readFileSync(file, "utf8")
        .replace(/^fleet: .*$/m, `fleet: ${name}`)
        .replace(/^image: .*\n/m, "");
      writeFileSync(file, fleet);
      repository.commit();
      const env = { ...process.env, SAMPAN_HOME: join(repository.root, "..", "home"), GIT_CONFIG_GLOBAL: "/dev/null" };
      const build = async (): Promise<Built["services"]> => {
        const ran = await sampan(["--fleet", file, "build", "--json"], { cwd: repository.root, env });
        if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr);
        return (ran.json() as Built).services;
      };
      const built = await build();
      expect(built.map((one) => [one.name, one.built])).toEqual(
        ["user-auth", "points", "content", "atlas", "pulse", "blog"].map((service) => [service, true]),
      );
      const base = Number(docker("image", "inspect", "--format", "{{.Size}}", BASE));
      for (const { name: service, artifact } of built) {
        const [user, size] = docker("image", "inspect", "--format", "{{.Config.User}} {{.Size}}", artifact).split(" ");
        expect([service, user]).toEqual([service, "node"]);
        expect(Number(size) - base).toBeLessThan(8 * 1024 * 1024);
        const found = docker(
          "run",
          "--rm",
          "--network=none",
          "--entrypoint=node",
          artifact,
          "--print",
          "[process.getuid(), ...fs.readdirSync('.')].join()",
        );
        expect([service, found]).toEqual([service, "1000,dist,package.json"]);
      }
      expect((await build()).every((one) => !one.built)).toBe(true);
    } finally {
      const ids = docker("image", "ls", "--quiet", "--no-trunc", "--filter", `label=sampan.image.fleet=${name}`)
        .split("\n")
        .filter(Boolean);
      if (ids.length > 0) docker("image", "rm", "--force", ...new Set(ids));
      repository.remove();
      rmSync(join(repository.root, ".."), { recursive: true, force: true });
    }
  },
);
