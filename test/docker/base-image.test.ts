import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { baseImage } from "./base-image.ts";

const run = (...argv: readonly string[]) =>
  execFileSync("docker", ["run", "--rm", "--network=none", "--user=node", baseImage(), ...argv], { encoding: "utf8" });

it("makes a base of this machine's own Node, with which programs run as a user of their own", {
  timeout: 120_000,
}, () => {
  expect(run("node", "--print", "process.version").trim()).toBe(process.version);
  expect(run("sh", "-c", "sleep 0 && echo $HOME").trim()).toBe("/home/node");
});
