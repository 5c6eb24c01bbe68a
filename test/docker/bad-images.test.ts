import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import { baseImage } from "./base-image.ts";
import { type ComposeFleet, composeFleet, containersOf, leftOf, sinkComposeFleet } from "./compose-fleet.ts";
import { foreignProgram } from "./foreign-program.ts";

let fleet: ComposeFleet;
beforeAll(async () => {
  fleet = await composeFleet(
    [
      { name: "points", replicas: 2 },
      { name: "blog", needs: ["points"] },
    ],
    {
      health: "every: 100ms, healthyFor: 5s, timeout: 40s",
    },
  );
  fleet.commit("one", { points: { version: "1" }, blog: { version: "1" } });
  const { code, said } = await release("deploy", "staging");
  expect(code, said).toBe(0);
}, 180_000);
afterAll(async () => {
  await sinkComposeFleet(fleet);
  expect(leftOf(fleet)).toEqual([]);
}, 60_000);

const release = async (...args: string[]) => {
  const ran = await sampan([...args, "--json"], { cwd: fleet.root, env: fleet.env });
  return { code: ran.code, said: ran.stdout + ran.stderr, document: ran.json() as ReleaseDocument };
};
const version = async () =>
  ((await (await fetch(`http://127.0.0.1:${fleet.listen}/blog/version`)).json()) as { version: string }).version;

describe("an image that is no good is thrown back, and what ran before serves", { timeout: 120_000 }, () => {
  it("which crashes after three seconds of health", async () => {
    const before = containersOf(fleet);
    fleet.commit("bad", { points: { version: "2" }, blog: { version: "2", crashesAfter: 3000 } });
    const { code, document, said } = await release("deploy", "staging");
    expect({ code, status: document.status }, said).toEqual({ code: 4, status: "rolled-back" });
    expect(document.services.find(({ name }) => name === "blog")?.gates.at(-1), said).toMatchObject({
      kind: "health",
      verdict: "failed",
    });
    expect(await version()).toBe("1");
    expect(containersOf(fleet)).toEqual(before);
  });

  it("which is for another processor", async () => {
    const before = containersOf(fleet);
    writeFileSync(join(fleet.root, "services/blog/program"), foreignProgram(), { mode: 0o755 });
    fleet.write("services/blog/Dockerfile", 'FROM scratch\nCOPY program /program\nEXPOSE 8080\nCMD ["/program"]\n');
    fleet.commit("for another processor", {});
    const { code, document, said } = await release("deploy", "staging");
    expect({ code, status: document.status }, said).toEqual({ code: 4, status: "rolled-back" });
    expect(document.problems[0]?.message, said).toMatch(/^blog\.up: .* died with exit code \d+ .*exec format error/);
    expect(await version()).toBe("1");
    expect(containersOf(fleet)).toEqual(before);
  });

  it("which listens on another port than it is to", async () => {
    const before = containersOf(fleet);
    const elsewhere = "require('node:http').createServer((_, answer) => answer.end()).listen(8081)";
    fleet.write(
      "services/blog/Dockerfile",
      `FROM ${baseImage()}\nEXPOSE 8080\nCMD ${JSON.stringify(["node", "-e", elsewhere])}\n`,
    );
    const yaml = fleet.read("sampan.yaml");
    fleet.write("sampan.yaml", yaml.replaceAll("timeout: 40s", "timeout: 8s"));
    fleet.commit("elsewhere", {});
    const { code, document, said } = await release("deploy", "staging");
    expect({ code, status: document.status }, said).toEqual({ code: 4, status: "rolled-back" });
    expect(document.problems[0]?.message, said).toMatch(/^blog\.up: .*\(port 8080 of the container\)/);
    expect(await version()).toBe("1");
    expect(containersOf(fleet)).toEqual(before);
  });
});
