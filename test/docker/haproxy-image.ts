import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseImage, install } from "./base-image.ts";

/** This machine's own HAProxy as an image, so that nothing has to be pulled. */
export function haproxyImage(): string {
  const program = realpathSync("/usr/sbin/haproxy");
  const version = /version (\S+)/.exec(spawnSync(program, ["-v"], { encoding: "utf8" }).stdout)?.[1] ?? "0";
  const image = `sampan-test-haproxy:${version.replaceAll(/[^A-Za-z0-9._-]/g, "-")}`;
  if (spawnSync("docker", ["image", "inspect", image], { stdio: "ignore" }).status === 0) return image;
  const folder = mkdtempSync(join(tmpdir(), "sampan-haproxy-"));
  try {
    mkdirSync(join(folder, "root/usr/local/bin"), { recursive: true });
    install(join(folder, "root"), program, "usr/local/bin/haproxy");
    writeFileSync(join(folder, "Dockerfile"), `FROM ${baseImage()}\nCOPY root/ /\n`);
    execFileSync("docker", ["buildx", "build", "--quiet", "--load", "--provenance=false", "--tag", image, folder], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return image;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
