import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/temporary-repository.ts";
import { systemClock } from "../../../io/clock.ts";
import { parseChallenge } from "./challenge.ts";
import { Registry } from "./registry.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let server: Server;
let host: string;
let handle: Handler;
let seen: string[];
beforeEach(async () => {
  folder = temporaryFolder();
  seen = [];
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`.trim());
    handle(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const DIGEST = `sha256:${"a".repeat(64)}`;
const about = { repository: "shop/blog", service: "blog", step: "asking for its image" };
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

const registry = (patience?: number, env: Readonly<Record<string, string>> = {}): Registry =>
  new Registry({
    registry: host,
    env: { PATH: process.env.PATH ?? "", DOCKER_CONFIG: folder, ...env },
    clock: { ...systemClock, sleep: async () => undefined },
    signal: AbortSignal.timeout(30_000),
    ...(patience === undefined ? {} : { patience }),
  });

const config = (value: unknown): void => writeFileSync(join(folder, "config.json"), JSON.stringify(value));

/** Lets in who shows this, and tells others where to get it. */
const guarded =
  (authorization: string, challenge: string): Handler =>
  (request, response) => {
    if (request.headers.authorization === authorization)
      response.writeHead(200, { "docker-content-digest": DIGEST }).end();
    else response.writeHead(401, { "www-authenticate": challenge }).end();
  };

describe("a registry is asked", () => {
  it("as whom Docker's configuration says: Basic", async () => {
    config({ auths: { [`http://${host}/v2/`]: { auth: Buffer.from("ann:pass:word").toString("base64") } } });
    handle = guarded(basic("ann:pass:word"), 'Basic realm="x"');
    expect(await registry().digestOf(about, "one")).toBe(DIGEST);
  });

  it("by a token of its token server, which is asked once", async () => {
    config({ auths: { [host]: { username: "ann", password: "p" } } });
    handle = (request, response) => {
      if (request.url?.startsWith("/token") === true) {
        expect(request.headers.authorization).toBe(basic("ann:p"));
        expect(new URL(request.url, "http://x").searchParams.get("scope")).toBe("repository:shop/blog:pull");
        response.end(JSON.stringify({ token: "t0ken" }));
      } else
        guarded(
          "Bearer t0ken",
          `Bearer realm="http://${host}/token?a=b",service="r",scope="repository:shop/blog:pull"`,
        )(request, response);
    };
    const one = registry();
    expect(await one.digestOf(about, "one")).toBe(DIGEST);
    expect(await one.digestOf(about, "two")).toBe(DIGEST);
    expect(seen.filter((line) => line.includes("/token"))).toHaveLength(1);
    expect(seen[1]).toContain("service=r");
  });

  it("by a credential helper, or its store's identity token", async () => {
    const helper = join(folder, "docker-credential-testing");
    writeFileSync(
      helper,
      `#!/bin/sh\nread server\necho "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"<token>\\",\\"Secret\\":\\"refresh-$server\\"}"\n`,
    );
    chmodSync(helper, 0o755);
    config({ credHelpers: { [host]: "testing" } });
    handle = (request, response) => {
      if (request.url !== "/token")
        return guarded("Bearer t", `Bearer realm="http://${host}/token"`)(request, response);
      request.setEncoding("utf8").on("data", (body: string) => {
        expect(new URLSearchParams(body).get("refresh_token")).toBe(`refresh-${host}`);
        response.end(JSON.stringify({ access_token: "t" }));
      });
    };
    const PATH = `${folder}:${process.env.PATH}`;
    expect(await registry(undefined, { PATH }).digestOf(about, "one")).toBe(DIGEST);
  });

  it("as nobody where nobody is named; then it is said who refuses", async () => {
    handle = guarded("never", "Basic realm=x");
    const asked = registry().digestOf(about, "one");
    await expect(asked).rejects.toMatchObject({ code: "registry-denied", retry: "never" });
    await expect(asked).rejects.toThrow(`blog: asking for its image: the registry ${host} refuses (401)`);
  });

  it("as somebody whose helper fails: without a word of what it said", async () => {
    mkdirSync(join(folder, "bin"));
    const helper = join(folder, "bin", "docker-credential-broken");
    writeFileSync(helper, "#!/bin/sh\necho s3cret-output\nexit 1\n");
    chmodSync(helper, 0o755);
    config({ credsStore: "broken" });
    handle = guarded("never", "Basic realm=x");
    const error = await registry(undefined, { PATH: `${join(folder, "bin")}:${process.env.PATH}` })
      .digestOf(about, "one")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "credential-helper-failed" });
    expect(JSON.stringify(error)).not.toContain("s3cret");
  });
});

describe("a registry that answers", () => {
  it("what passes is asked again", async () => {
    const answers = [500, 503, 200];
    handle = (_, response) => response.writeHead(answers.shift() ?? 200, { "docker-content-digest": DIGEST }).end();
    expect(await registry().digestOf(about, "one")).toBe(DIGEST);
    expect(seen).toHaveLength(3);
  });

  it.each<[number, string, string]>([
    [500, "it broke", "registry-failed"],
    [507, "", "registry-full"],
    [500, '{"errors":[{"code":"UNKNOWN","detail":"write /x: no space left on device"}]}', "registry-full"],
    [403, "", "registry-denied"],
    [418, "", "registry-answer"],
  ])("%i %s for good is named", async (status, body, code) => {
    handle = (_, response) => response.writeHead(status).end(body);
    await expect(registry().manifest(about, "one")).rejects.toMatchObject({
      code,
      message: expect.stringContaining("blog: asking"),
    });
  });

  it("never, in time: is slow, and not asked again", async () => {
    handle = () => undefined;
    await expect(registry(200).digestOf(about, "one")).rejects.toMatchObject({ code: "registry-slow" });
    expect(seen).toHaveLength(1);
  });

  it("by cutting off: broke the connection", async () => {
    handle = (request) => request.socket.destroy();
    await expect(registry().digestOf(about, "one")).rejects.toMatchObject({ code: "registry-broken", retry: "safe" });
    server.close();
    server.closeAllConnections();
    await expect(registry().digestOf(about, "one")).rejects.toMatchObject({ code: "registry-down" });
  });

  it("from elsewhere: a blob is taken from there, without our authorization", async () => {
    config({ auths: { [host]: { auth: Buffer.from("ann:p").toString("base64") } } });
    handle = (request, response) => {
      if (request.url === "/storage") response.end("content");
      else if (request.headers.authorization === undefined)
        response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end();
      else response.writeHead(307, { location: `http://${host}/storage` }).end();
    };
    expect((await registry().blob(about, DIGEST))?.toString()).toBe("content");
    expect(seen.at(-1)).toBe("GET /storage");
  });

  it("more than is read: is refused", async () => {
    handle = (_, response) => response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024));
    await expect(registry().blob(about, DIGEST)).rejects.toMatchObject({ code: "registry-answer" });
  });
});

it.each([
  ["Basic realm=x", { kind: "basic" }],
  [
    'Bearer realm="https://a/t",service="s, t",scope="x:y:pull,push"',
    { kind: "bearer", realm: "https://a/t", service: "s, t", scope: "x:y:pull,push" },
  ],
  ["bearer realm=https://a/t", { kind: "bearer", realm: "https://a/t", service: null, scope: null }],
  ["Bearer realm=file:///etc/passwd", { kind: "unknown" }],
  ["Negotiate", { kind: "unknown" }],
  ["", { kind: "unknown" }],
])("parseChallenge reads %j", (header, challenge) => {
  expect(parseChallenge(header)).toEqual(challenge);
});
