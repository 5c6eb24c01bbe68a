import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HOSTILE } from "../../test/ci/hostile-texts.ts";
import { type MailBox, mailBox } from "../../test/mail/mail-box.ts";
import type { Channel } from "../fleet/fleet.ts";
import { type MailServer, sendMail } from "../io/send-mail.ts";
import { mailServer } from "./mail-server.ts";
import type { News } from "./news.ts";
import { notifier } from "./notify.ts";

const boxes: MailBox[] = [];
afterEach(async () => {
  await Promise.all(boxes.splice(0).map(({ close }) => close()));
});
async function box(how: Parameters<typeof mailBox>[0] = {}): Promise<MailBox> {
  const made = await mailBox(how);
  boxes.push(made);
  return made;
}

const channel: Channel = {
  ...{ kind: "email", to: ["ops@shop.example", "ann@shop.example"], from: "sampan@shop.example", smtp: "SMTP" },
  ...{ on: ["halted"], environments: null },
};
const news = (change: Partial<News> = {}): News => ({
  ...{ kind: "halted", fleet: "shop", environment: "production", release: "r1", what: "deploy", by: "ann@laptop" },
  ...{ commit: "1a2b3c4d", services: ["auth"], seconds: 3.5, why: ["auth.smoke: got 500"], page: null },
  ...change,
});

async function tell(smtp: string, about = news(), signal = new AbortController().signal): Promise<readonly string[]> {
  const warnings: string[] = [];
  await notifier([channel], { env: { SMTP: smtp }, warn: (line) => warnings.push(line), signal })(about);
  return warnings;
}

const headers = (raw: string): readonly string[] => (raw.split("\r\n\r\n")[0] ?? "").split(/\r\n(?![ \t])/);

describe("an e-mail", () => {
  it("says to all who are to hear it who, what and why, over TLS where there is any, by the name and the password", async () => {
    const { port, letters } = await box({ password: "pa ss/:@%" });
    expect(await tell(`smtp://sampan:${encodeURIComponent("pa ss/:@%")}@127.0.0.1:${port}`)).toEqual([]);
    const [letter, ...others] = letters;
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ to: channel.kind === "email" ? channel.to : [], user: "sampan", secure: true });
    expect(headers(letter?.raw ?? "")).toEqual(
      expect.arrayContaining([
        "From: sampan@shop.example",
        "To: ops@shop.example, ann@shop.example",
        "Subject: shop production: deploy halted; it needs a person (3.5 s)",
        "Auto-Submitted: auto-generated",
      ]),
    );
    expect(letter?.raw).toContain("auth at 1a2b3c4, by ann@laptop, release r1\r\nauth.smoke: got 500\r\n");
  });

  it.each(HOSTILE.map((text) => [JSON.stringify(text), text] as const))("is one with %s in it", async (_, text) => {
    const { port, letters } = await box({ tls: "none" });
    expect(await tell(`smtp://127.0.0.1:${port}`, news({ environment: text, why: [text], by: text }))).toEqual([]);
    const names = headers(letters[0]?.raw ?? "").map((line) => line.split(":")[0]);
    expect(names.toSorted()).toEqual(
      ["Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version"].concat([
        ...["Message-ID", "Subject", "To"],
      ]),
    );
    expect(letters[0]?.to).toEqual(["ops@shop.example", "ann@shop.example"]);
  });

  it.each([
    ["shop\r\nBcc: eve@evil.example", "nobody else gets it"],
    ["x\r\n\r\n.\r\nRCPT TO:<eve@evil.example>", "nothing of it is a command"],
  ])("with %j in its first line: %s", async (fleet) => {
    const { port, letters } = await box({ tls: "none" });
    expect(
      await tell(`smtp://127.0.0.1:${port}`, news({ fleet, why: ["one", ".", "..", "\r\n.\r\nMAIL FROM:<e@e>"] })),
    ).toEqual([]);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.to).toEqual(["ops@shop.example", "ann@shop.example"]);
    expect(headers(letters[0]?.raw ?? "").filter((line) => /^bcc:/i.test(line))).toEqual([]);
  });
});

describe("an e-mail that cannot be sent fails nothing, and is said without the password", () => {
  it.each([
    [
      "the password is wrong",
      { password: "right" },
      "sampan:secret@",
      "the server does not take the name and the password",
    ],
    ["nobody is known there", { unknown: true }, "", "the server answered 550"],
  ])("%s", async (_, how, login, said) => {
    const { port } = await box(how);
    const [warning = "", ...others] = await tell(`smtp://${login}127.0.0.1:${port}`);
    expect(others).toEqual([]);
    expect(warning).toBe(`email was not told that the release is halted: ${said}`);
    expect(warning).not.toContain("secret");
  });

  it("nobody is there, or the variable is no address", async () => {
    expect(await tell("smtp://ann:secret@127.0.0.1:1")).toEqual([
      "email was not told that the release is halted: nobody answers there",
    ]);
    expect(await tell("secret")).toEqual([expect.stringContaining("SMTP is no address as smtps://")]);
    expect(await tell("")).toEqual([expect.stringContaining("SMTP is not set")]);
  });

  it("whoever tells it is stopped", async () => {
    const { port, letters } = await box();
    expect(await tell(`smtp://127.0.0.1:${port}`, news(), AbortSignal.abort(new Error("stopped")))).toEqual([
      "email was not told that the release is halted: it could not be sent",
    ]);
    expect(letters).toEqual([]);
  });
});

describe("the way to a server", () => {
  const mail = { from: "a@b.example", to: ["c@d.example"], subject: "x", text: "y" };
  const send = (server: Partial<MailServer> & Pick<MailServer, "port">, timeout = 3000) =>
    sendMail({
      server: { host: "127.0.0.1", tls: "required", login: null, ...server },
      ...{ mail, timeout, signal: new AbortController().signal },
    });

  it("is not gone without TLS, or with a certificate that nobody has signed, unless the server is this machine's", async () => {
    const plain = await box({ tls: "none" });
    expect(await send({ port: plain.port })).toMatchObject({ kind: "none", why: "tls" });
    const starting = await box();
    expect(await send({ port: starting.port })).toEqual({ kind: "none", why: "tls" });
    const implicit = await box({ tls: "implicit" });
    expect(await send({ port: implicit.port, tls: "implicit" })).toEqual({ kind: "none", why: "tls" });
    expect(await send({ port: starting.port, tls: "offered" })).toEqual({ kind: "taken" });
    expect([...plain.letters, ...implicit.letters, starting.letters.length]).toEqual([1]);
  });

  it("takes no longer than its patience, whatever the server does, and leaves no connection", async () => {
    for (const greeting of ["", "220 here\r\n", "220-"]) {
      const silent = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.write(greeting);
        socket.resume();
      });
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      const { port } = silent.address() as { port: number };
      expect(await send({ port, tls: "offered" }, 200)).toEqual({ kind: "none", why: "timeout" });
      // Closes once its last connection has.
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});

it.each([
  ["smtps://ann:secret@smtp.shop.example", { host: "smtp.shop.example", port: 465, tls: "implicit" }],
  ["smtp://ann:secret@smtp.shop.example", { host: "smtp.shop.example", port: 587, tls: "required" }],
  ["smtp://smtp.shop.example:2525", { port: 2525, tls: "required", login: null }],
  ["smtp://[::1]:25", { host: "::1", port: 25, tls: "offered" }],
  ["smtp://localhost.evil.example", { tls: "required" }],
  ["smtp://127.0.0.1.evil.example", { tls: "required" }],
  ["smtps://a%40b:p%2Fw@h", { login: { user: "a@b", password: "p/w" } }],
  ["smtps://a:%zz@h", null],
  ["smtps://ann@h", null],
  ["smtp://h/?tls=no", null],
  ["http://h", null],
  ["h:25", null],
  ["", null],
])("%s", (text, server) => {
  if (server === null) expect(mailServer(text)).toBeNull();
  else expect(mailServer(text)).toMatchObject(server);
});
