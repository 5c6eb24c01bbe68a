import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Increase when what is put into the image changes. */
const FORMAT = 1;

/** Programs of this machine that are put beside its Node; those that it lacks are left out. */
const PROGRAMS = ["sh", "sleep", "cat", "true", "false", "env", "ls"];

/**
 * A base for the tests' images that is made of this machine's own Node and its libraries, so that nothing has to be pulled. Made once,
 * and kept: `FROM sampan-test-base:…`. In it: `node`, `sh`, a user `node` (1000), /tmp.
 */
export function baseImage(): string {
  const node = realpathSync(process.execPath);
  const { size, mtimeMs } = statSync(node);
  const key = createHash("sha256")
    .update(JSON.stringify([FORMAT, process.version, process.arch, size, mtimeMs, PROGRAMS]))
    .digest("hex");
  const image = `sampan-test-base:${key.slice(0, 12)}`;
  if (spawnSync("docker", ["image", "inspect", image], { stdio: "ignore" }).status === 0) return image;
  const folder = mkdtempSync(join(tmpdir(), "sampan-base-"));
  try {
    const root = join(folder, "root");
    for (const path of ["usr/local/bin", "bin", "etc", "home/node"]) mkdirSync(join(root, path), { recursive: true });
    mkdirSync(join(root, "tmp"));
    chmodSync(join(root, "tmp"), 0o1777);
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
    writeFileSync(join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
    install(root, node, "usr/local/bin/node");
    for (const name of PROGRAMS) {
      const found = [`/bin/${name}`, `/usr/bin/${name}`].find((path) => existsSync(path));
      if (found !== undefined) install(root, realpathSync(found), `bin/${name}`);
    }
    symlinkSync("/bin", join(root, "usr/bin"));
    writeFileSync(
      join(folder, "Dockerfile"),
      'FROM scratch\nCOPY root/ /\nENV PATH=/usr/local/bin:/usr/bin:/bin\nCMD ["node"]\n',
    );
    // Two at once make the same.
    execFileSync("docker", ["buildx", "build", "--quiet", "--load", "--provenance=false", "--tag", image, folder], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return image;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program with the libraries that it is linked with, each where its loader looks for it. */
export function install(root: string, program: string, at: string): void {
  copyFileSync(program, join(root, at));
  chmodSync(join(root, at), 0o755);
  const linked = spawnSync("ldd", [program], { encoding: "utf8" }).stdout ?? "";
  for (const [, path = ""] of linked.matchAll(/(?:=>\s+|^\s+)(\/\S+)/gm)) {
    const to = join(root, dirname(path), basename(path));
    mkdirSync(dirname(to), { recursive: true });
    if (!existsSync(to)) copyFileSync(realpathSync(path), to);
  }
}
