import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { baseImage } from "./base-image.ts";
import { startRegistry } from "./registry.ts";

it("takes an image and gives it back by its digest", { timeout: 120_000 }, async () => {
  const registry = await startRegistry();
  const docker = (...args: string[]): string => execFileSync("docker", args, { encoding: "utf8" }).trim();
  const name = `${registry.address}/sampan-test-${process.pid}`;
  try {
    docker("tag", baseImage(), `${name}:one`);
    docker("push", "--quiet", `${name}:one`);
    docker("image", "rm", `${name}:one`);
    const digest = (
      await fetch(`http://${registry.address}/v2/sampan-test-${process.pid}/manifests/one`, {
        headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
      })
    ).headers.get("docker-content-digest");
    docker("pull", "--quiet", `${name}@${digest}`);
    expect(docker("image", "inspect", "--format={{.Id}}", `${name}@${digest}`)).toBe(
      docker("image", "inspect", "--format={{.Id}}", baseImage()),
    );
    docker("image", "rm", `${name}@${digest}`);
  } finally {
    await registry.stop();
  }
});
