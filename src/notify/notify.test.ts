import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HOSTILE } from "../../test/ci/hostile-texts.ts";
import type { Channel, NewsKind } from "../fleet/fleet.ts";
import { messageTo } from "./message.ts";
import { type News, textOf } from "./news.ts";
import { notifier } from "./notify.ts";

const EVERYTHING: readonly NewsKind[] = ["started", "waiting", "verified", "thrown-back", "halted"];
const TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const signal = new AbortController().signal;

const news = (change: Partial<News> = {}): News => ({
  kind: "thrown-back",
  fleet: "shop",
  environment: "production",
  release: "20261126-141702-3f9a",
  what: "deploy",
  by: "ann@laptop",
  commit: "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d",
  services: ["auth", "blog"],
  seconds: 34.2,
  why: ["auth.smoke: GET /v1/me on auth-1: expected 200, got 500"],
  page: null,
  ...change,
});
const slack = (change: Partial<Channel> = {}): Channel =>
  ({ kind: "slack", url: "HOOK", on: EVERYTHING, environments: null, ...change }) as Channel;
const telegram = (api: string): Channel => ({
  kind: "telegram",
  token: "TOKEN",
  chat: "-100123",
  api,
  on: EVERYTHING,
  environments: null,
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Heard = Readonly<{ path: string; type: string; body: Record<string, unknown> }>;

/** A provider on loopback; `answer` null: it takes what it is sent, and says nothing. */
async function provider(answer: number | null = 200): Promise<Readonly<{ url: string; heard: Heard[] }>> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      heard.push({ path: request.url ?? "", type: request.headers["content-type"] ?? "", body: JSON.parse(body) });
      if (answer !== null) response.writeHead(answer, { location: "http://127.0.0.1:1/" }).end("no");
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

async function tell(
  channels: readonly Channel[],
  env: Readonly<Record<string, string>>,
  about: News = news(),
  stop: AbortSignal = signal,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  await notifier(channels, { env, warn: (line) => warnings.push(line), signal: stop })(about);
  return warnings;
}

describe("who is told", () => {
  it("hears who, what, why and how long, by Slack's and Telegram's own requests", async () => {
    const { url, heard } = await provider();
    expect(await tell([slack(), telegram(url)], { HOOK: `${url}/services/T0/B0/x`, TOKEN })).toEqual([]);
    const text =
      "shop production: deploy failed and was thrown back; the version before serves (34.2 s)\n" +
      "auth, blog at 1a2b3c4, by ann@laptop, release 20261126-141702-3f9a\n" +
      "auth.smoke: GET /v1/me on auth-1: expected 200, got 500";
    expect(heard.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      {
        path: `/bot${TOKEN}/sendMessage`,
        type: "application/json; charset=utf-8",
        body: { chat_id: "-100123", text, link_preview_options: { is_disabled: true } },
      },
      { path: "/services/T0/B0/x", type: "application/json; charset=utf-8", body: { text, mrkdwn: false } },
    ]);
  });

  it("hears only what it wants to, of the environments that it wants to", async () => {
    const { url, heard } = await provider();
    const env = { HOOK: url };
    await tell([slack({ on: ["halted"] })], env);
    await tell([slack({ environments: ["staging"] })], env);
    expect(heard).toEqual([]);
    await tell([slack({ environments: ["production"], on: ["thrown-back"] })], env);
    expect(heard).toHaveLength(1);
  });
});

describe("what cannot be told", () => {
  it.each([
    ["refused", 500, "slack was not told that the release is thrown-back: it answered 500"],
    [
      "elsewhere: no secret follows a redirect",
      302,
      "slack was not told that the release is thrown-back: it answered 302",
    ],
  ])("is said, and fails nothing: %s", async (_, answer, said) => {
    const { url } = await provider(answer);
    expect(await tell([slack()], { HOOK: `${url}/secret-path` })).toEqual([said]);
  });

  it("is said without the secret, whatever is wrong with it", async () => {
    const wrong = [
      [slack(), {}],
      [slack(), { HOOK: "http://hooks.example/secret" }],
      [slack(), { HOOK: "secret" }],
      [slack(), { HOOK: "http://127.0.0.1:1/secret" }],
      [telegram("http://127.0.0.1:1"), { TOKEN: "secret/../x" }],
      [telegram("http://127.0.0.1:1"), { TOKEN }],
    ] as const;
    for (const [channel, env] of wrong) {
      const warnings = await tell([channel], env);
      expect(warnings).toHaveLength(1);
      expect(warnings.join()).not.toMatch(/secret|AAHdq/);
    }
  });

  it("keeps nobody else from hearing", async () => {
    const { url, heard } = await provider();
    const warnings = await tell([telegram("http://127.0.0.1:1"), slack()], { HOOK: url, TOKEN });
    expect([warnings.length, heard.length]).toEqual([1, 1]);
  });

  it("is said where whoever tells it is stopped", async () => {
    const { url } = await provider(null);
    expect(await tell([slack()], { HOOK: url }, news(), AbortSignal.abort(new Error("stopped")))).toEqual([
      "slack was not told that the release is thrown-back: it could not be sent",
    ]);
  });

  it("is given up when nothing answers", async () => {
    const { url } = await provider(null);
    expect(await tell([slack()], { HOOK: url })).toEqual([
      "slack was not told that the release is thrown-back: no answer (timeout)",
    ]);
  });
});

describe.each(HOSTILE.map((text) => [JSON.stringify(text), text] as const))("with %s in it", (_, text) => {
  const about = news({ why: [text], by: text, page: text });

  it("a message has as many lines, and is plain text", () => {
    const lines = textOf(about).split("\n");
    expect(lines).toHaveLength(textOf(news({ page: "x" })).split("\n").length);
    for (const line of lines)
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
  });

  it("nobody is called by it in Slack", () => {
    const message = messageTo(slack(), textOf(about), { HOOK: "https://hooks.example/x" });
    expect(message.kind === "request" ? JSON.parse(message.body).text : "").not.toMatch(/[<>]/);
  });
});

it("a message stays short, however much there is to say", () => {
  const long = news({
    why: Array(50).fill("x".repeat(5000)),
    services: Array.from({ length: 500 }, (_, at) => `service-${at}`),
  });
  expect(textOf(long).length).toBeLessThanOrEqual(1500);
  expect(textOf(long)).toContain("and 492 more");
});
