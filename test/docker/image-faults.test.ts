import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startSampan } from "../sampan.ts";
import { temporaryFolder } from "../temporary-repository.ts";
import { baseImage } from "./base-image.ts";
import { type FaultyProxy, faultyProxy } from "./faulty-proxy.ts";
import { digestIn, docker, type ImageFleet, type ImageFleetOptions, imageFleet, tagsIn } from "./image-fleet.ts";
import { type Registry, startRegistry } from "./registry.ts";

type Document = Readonly<{
  services?: readonly Readonly<{ name: string; artifact: string; built: boolean }>[];
  problems?: readonly Readonly<{ code: string; message: string; hint: string | null }>[];
}>;

let registry: Registry;
let proxy: FaultyProxy;
beforeAll(async () => {
  registry = await startRegistry();
  proxy = await faultyProxy(registry.address);
});
afterAll(async () => {
  await proxy.stop();
  await registry.stop();
});

const fleets: ImageFleet[] = [];
const fleet = (options: Partial<ImageFleetOptions> = {}): ImageFleet => {
  const one = imageFleet({ registry: proxy.address, ...options });
  fleets.push(one);
  return one;
};
afterEach(() => {
  proxy.faults(() => ({ kind: "pass" }));
  for (const one of fleets.splice(0)) one.remove();
});

async function build(
  one: ImageFleet,
  env: NodeJS.ProcessEnv = {},
): Promise<Readonly<{ code: number | null; document: Document; said: string }>> {
  const ran = await one.sampan(["build", "--json"], { env });
  return { code: ran.code, document: JSON.parse(ran.stdout) as Document, said: ran.stdout + ran.stderr };
}

const uploads = ({ method, path }: Readonly<{ method: string; path: string }>): boolean =>
  method === "PATCH" && path.includes("/blobs/uploads/");

describe("a registry that", { timeout: 180_000 }, () => {
  it.each<[string, number, string, string]>([
    ["fails", 500, "", "registry-failed"],
    ["is full", 507, "no room", "registry-full"],
    ["refuses", 401, "", "registry-denied"],
    ["forbids", 403, '{"errors":[{"code":"DENIED","message":"not you"}]}', "registry-denied"],
  ])(
    "%s: the service, the registry and the step are named, before anything is built",
    async (_, status, body, code) => {
      const one = fleet();
      proxy.faults(({ method }) => (method === "POST" ? { kind: "answer", status, body } : { kind: "pass" }));
      const failed = await build(one);
      expect(failed.code).toBe(3);
      expect(failed.document.problems).toMatchObject([{ code }]);
      expect(failed.document.problems?.[0]?.message).toContain(
        `blog: asking whether its image may be pushed: the registry ${proxy.address}`,
      );
      expect(docker("image", "ls", "--quiet", `${proxy.address}/${one.name}/blog`)).toBe("");
      proxy.faults(() => ({ kind: "pass" }));
      expect(await build(one)).toMatchObject({ code: 0, document: { services: [{ built: true }] } });
    },
  );

  it("is not there", async () => {
    const gone = await faultyProxy(registry.address);
    await gone.stop();
    const failed = await build(fleet({ registry: gone.address }));
    expect(failed).toMatchObject({ code: 3, document: { problems: [{ code: "registry-down" }] } });
    expect(failed.document.problems?.[0]?.message).toContain("blog: asking for its image");
  });

  it("does not answer: the service, the registry and the step are named", async () => {
    const one = fleet();
    proxy.faults(() => ({ kind: "hang" }));
    const failed = await build(one);
    expect(failed).toMatchObject({ code: 3, document: { problems: [{ code: "registry-slow" }] } });
    expect(failed.document.problems?.[0]?.message).toBe(
      `blog: asking for its image: the registry ${proxy.address} does not answer in time`,
    );
    proxy.faults(() => ({ kind: "pass" }));
    expect(await build(one)).toMatchObject({ code: 0 });
  });

  it("cuts an upload: it is sent again, and what arrives is what was built", async () => {
    const one = fleet();
    let cuts = 0;
    proxy.faults((asked) => {
      if (!uploads(asked) || cuts > 0) return { kind: "pass" };
      cuts += 1;
      return { kind: "cut" };
    });
    const made = await build(one);
    expect([cuts, made.code]).toEqual([1, 0]);
    const head = one.repository.git("rev-parse", "HEAD");
    expect(await digestIn(registry.address, `${one.name}/blog:${head}`)).toBe(made.document.services?.[0]?.artifact);
  });

  it("has another image than was pushed: it is not believed", async () => {
    const one = fleet();
    proxy.faults(({ method, path }) =>
      method === "HEAD" &&
      path.includes("/manifests/tree-") &&
      proxy.seen.some((seen) => seen.startsWith(`PUT /v2/${one.name}/`))
        ? { kind: "answer", status: 200, headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }
        : { kind: "pass" },
    );
    expect(await build(one)).toMatchObject({ code: 3, document: { problems: [{ code: "push-not-verified" }] } });
    proxy.faults(() => ({ kind: "pass" }));
    expect(await build(one)).toMatchObject({ code: 0 });
  });
});

/** A disk of a few MiB; null where this user may mount none. */
function smallDisk(
  megabytes: number,
): Readonly<{ folder: string; fill: () => void; empty: () => void; remove: () => void }> | null {
  const folder = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    fill: () => {
      const file = openSync(filler, "w");
      try {
        for (;;) writeSync(file, Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler, { force: true }),
    remove: () => {
      execFileSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const mayMount = ((): boolean => {
  const disk = smallDisk(1);
  disk?.remove();
  return disk !== null;
})();
if (!mayMount) console.log("skipped: a disk can only be filled where this user may mount one (root)");

describe.skipIf(!mayMount)("a disk that is full", { timeout: 240_000 }, () => {
  it("of the registry: it is said of which, nothing is taken for pushed, and once there is room it goes on", async () => {
    const disk = smallDisk(8);
    if (disk === null) throw new Error("this user may mount");
    mkdirSync(join(disk.folder, "images"));
    const small = await startRegistry({ storage: join(disk.folder, "images") });
    const one = fleet({ registry: small.address });
    try {
      disk.fill();
      const failed = await build(one);
      expect(failed.code).toBe(3);
      expect(["registry-full", "registry-failed"]).toContain(failed.document.problems?.[0]?.code);
      expect(failed.document.problems?.[0]?.message).toContain(`the registry ${small.address}`);
      disk.empty();
      expect(await build(one)).toMatchObject({ code: 0, document: { services: [{ built: true }] } });
    } finally {
      one.remove();
      await small.stop();
      disk.remove();
    }
  });

  it("of the build's own: the step and the disk are named", async () => {
    const disk = smallDisk(8);
    if (disk === null) throw new Error("this user may mount");
    const one = fleet();
    try {
      const home = join(disk.folder, "home");
      mkdirSync(home);
      disk.fill();
      const ran = await one.sampan(["build", "--json"], { home });
      expect(ran.code).toBe(3);
      expect((ran.json() as Document).problems).toMatchObject([{ code: "disk-full" }]);
      disk.empty();
      expect(await one.sampan(["build", "--json"], { home })).toMatchObject({ code: 0 });
    } finally {
      disk.remove();
    }
  });

  it("in a build: a Dockerfile whose output does not fit says so", async () => {
    const full =
      'const { writeFileSync } = require("node:fs"); try { writeFileSync("/dev/full", "x") } catch (error) { console.error(error.message); process.exit(1) }';
    const one = fleet({
      files: { "services/blog/Dockerfile": `FROM ${baseImage()}\nRUN ["node", "-e", ${JSON.stringify(full)}]\n` },
    });
    const failed = await build(one);
    expect(failed).toMatchObject({ code: 3, document: { problems: [{ code: "disk-full" }] } });
    expect(failed.document.problems?.[0]?.message).toContain("blog: building its image");
  });
});

describe("a build", { timeout: 180_000 }, () => {
  it("that fails shows its last lines and keeps all of them; what others have finished stays", async () => {
    const one = fleet({
      services: ["blog", "core"],
      files: {
        "services/core/Dockerfile": `FROM ${baseImage()}\nCOPY . /app/\nRUN ["node", "-e", "console.log('almost there'); process.exit(3)"]\n`,
      },
    });
    const failed = await build(one);
    expect(failed.code).toBe(3);
    const [problem] = failed.document.problems ?? [];
    expect(problem).toMatchObject({ code: "build-failed", hint: expect.stringContaining("almost there") });
    expect(problem?.message).toMatch(/^core: building its image failed/);
    const log = /all of it is in (\S+)/.exec(problem?.message ?? "")?.[1] ?? "";
    expect(readFileSync(log, "utf8")).toContain("almost there");
    expect((await tagsIn(registry.address, `${one.name}/core`)).length).toBe(0);
    one.repository.commit({ "services/core/Dockerfile": "FROM scratch\nCOPY . /app/\n" });
    const made = await build(one);
    expect(made).toMatchObject({ code: 0 });
    expect(made.document.services?.find(({ name }) => name === "core")).toMatchObject({ built: true });
  });

  it("without an engine, or without docker, says so", async () => {
    const one = fleet();
    const nowhere = join(one.home, "..", "nobody.sock");
    const failed = await build(one, { DOCKER_HOST: `unix://${nowhere}` });
    expect(failed).toMatchObject({ code: 3, document: { problems: [{ code: "engine-gone" }] } });
    // Git is there, and docker is not.
    const bin = join(one.home, "..", "bin");
    mkdirSync(bin);
    const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    symlinkSync(git, join(bin, "git"));
    const without = await build(one, { PATH: bin });
    expect(without).toMatchObject({ code: 3, document: { problems: [{ code: "docker-missing" }] } });
  });

  it("whose engine goes away in the middle loses nothing: the next one builds", async () => {
    const one = fleet({
      files: {
        "services/blog/Dockerfile": `FROM ${baseImage()}\nCOPY . /app/\nRUN ["node", "-e", "setTimeout(() => {}, 4000)"]\n`,
      },
    });
    const engine = await engineDoor(join(temporaryFolder(), "docker.sock"));
    try {
      const started = startSampan(["build", "--json"], {
        cwd: one.repository.root,
        env: { ...one.env, DOCKER_HOST: `unix://${engine.path}` },
      });
      await until(() => started.output().includes("build blog") && logOf(one).includes("setTimeout"));
      engine.close();
      const ran = await started.ended;
      expect(ran.code).toBe(3);
      expect((ran.json() as Document).problems).toMatchObject([
        { code: "engine-gone", message: expect.stringContaining("blog: building its image") },
      ]);
    } finally {
      engine.close();
    }
    expect(await tagsIn(registry.address, `${one.name}/blog`)).toEqual([]);
    expect(await build(one)).toMatchObject({ code: 0, document: { services: [{ built: true }] } });
  });

  it("that is killed leaves nothing that the next one takes for an image", async () => {
    const one = fleet({
      files: {
        "services/blog/Dockerfile": `FROM ${baseImage()}\nCOPY . /app/\nRUN ["node", "-e", "setTimeout(() => {}, 2000)"]\n`,
      },
    });
    const started = startSampan(["build", "--json"], { cwd: one.repository.root, env: one.env });
    await until(() => logOf(one).includes("setTimeout"));
    started.child.kill("SIGKILL");
    await started.ended;
    expect(await tagsIn(registry.address, `${one.name}/blog`)).toEqual([]);
    expect(await build(one)).toMatchObject({ code: 0, document: { services: [{ built: true }] } });
  });
});

function logOf(one: ImageFleet): string {
  const head = one.repository.git("rev-parse", "HEAD").slice(0, 12);
  try {
    return readFileSync(join(one.home, "fleets", one.name, "logs", `image-blog-${head}.log`), "utf8");
  } catch {
    return "";
  }
}

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; !is(); tries += 1) {
    if (tries > 1200) throw new Error("it never came to that");
    await new Promise((go) => setTimeout(go, 50));
  }
}

/** A socket before the engine's own, which can be shut. */
async function engineDoor(path: string): Promise<Readonly<{ path: string; close: () => void }>> {
  const behind = (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace("unix://", "");
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const engine = createConnection(behind);
    for (const one of [socket, engine]) {
      open.add(one);
      one.on("error", () => undefined).on("close", () => open.delete(one));
    }
    socket.pipe(engine).pipe(socket);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    path,
    close: () => {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}
