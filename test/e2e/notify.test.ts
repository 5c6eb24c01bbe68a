import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
let hook: Server;
const heard: string[] = [];
let answer = 200;

const run = (...args: string[]) => {
  const address = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/services/x`;
  return sampan(args, { cwd: fleet.root, env: { ...fleet.env, HOOK: address } });
};

beforeAll(async () => {
  hook = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      heard.push(String(JSON.parse(body).text).split("\n")[0] ?? "");
      response.writeHead(answer).end("ok");
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  fleet = await tinyFleet([{ name: "auth" }], { environment: "    approval: { confirmations: 1 }\n" });
  fleet.write("sampan.yaml", `${fleet.read("sampan.yaml")}notify:\n  - slack: HOOK\n`);
  fleet.commit("one", { auth: { version: "1" } });
}, 60_000);
afterAll(async () => {
  hook.close();
  await sinkFleet(fleet);
}, 60_000);

const approved = async () => {
  const waiting = (await run("deploy", "staging", "--json")).json() as { release: string };
  expect((await run("approve", waiting.release, "--item", "release", "--by", "ann")).code).toBe(0);
};

/** One story: each chapter starts where the one before it ended. */
describe("those who hear of releases", { timeout: 90_000 }, () => {
  it("are told once that one waits, then of its beginning and its end", async () => {
    await approved();
    expect(heard.splice(0)).toEqual(["tiny staging: deploy waits for approval"]);
    expect((await run("deploy", "staging")).code).toBe(0);
    expect(heard.splice(0)).toEqual([
      "tiny staging: deploy has begun",
      expect.stringMatching(/^tiny staging: deploy is verified \([\d.]+ s\)$/),
    ]);
  });

  it("change nothing by not listening: the release goes back as it would, and says that they were not told", async () => {
    answer = 500;
    fleet.commit("two", { auth: { version: "2", health: 500 } });
    await approved();
    const ran = await run("deploy", "staging");
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("! slack was not told that the release started: it answered 500\n");
    expect(ran.stderr).toContain("! slack was not told that the release is thrown-back: it answered 500\n");
  });
});
