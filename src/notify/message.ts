import type { Channel } from "../fleet/fleet.ts";
import type { Mail, MailServer } from "../io/send-mail.ts";
import { oneLine } from "../plain.ts";
import { mailServer } from "./mail-server.ts";

/** Characters of a subject that are read. */
const SUBJECT = 200;

/** One request, or one e-mail, that carries a text; or why there is none. Addresses are secrets: nothing that is said names one. */
export type Message = Readonly<
  | { kind: "request"; url: string; body: string }
  | { kind: "mail"; server: MailServer; mail: Mail }
  | { kind: "none"; why: string }
>;

/** As Slack's incoming webhooks and Telegram's Bot API document it. The text stays text: nobody is called by it, and nothing of it is markup. */
export function messageTo(channel: Channel, text: string, env: Readonly<Record<string, string | undefined>>): Message {
  switch (channel.kind) {
    case "slack": {
      const url = env[channel.url] ?? "";
      if (url === "") return { kind: "none", why: `${channel.url} is not set` };
      if (!isSafe(url)) return { kind: "none", why: `${channel.url} is no address of https` };
      const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      return { kind: "request", url, body: JSON.stringify({ text: escaped, mrkdwn: false }) };
    }
    case "telegram": {
      const token = env[channel.token] ?? "";
      if (token === "") return { kind: "none", why: `${channel.token} is not set` };
      if (!/^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$/.test(token))
        return { kind: "none", why: `${channel.token} is no bot's token` };
      const body = { chat_id: channel.chat, text, link_preview_options: { is_disabled: true } };
      return { kind: "request", url: `${channel.api}/bot${token}/sendMessage`, body: JSON.stringify(body) };
    }
    case "email": {
      const address = env[channel.smtp] ?? "";
      if (address === "") return { kind: "none", why: `${channel.smtp} is not set` };
      const server = mailServer(address);
      if (server === null) return { kind: "none", why: `${channel.smtp} is no address as smtps://user:password@host` };
      const [subject = ""] = text.split("\n");
      const { from, to } = channel;
      return { kind: "mail", server, mail: { from, to, subject: oneLine(subject).slice(0, SUBJECT), text } };
    }
  }
}

function isSafe(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && /^(?:127\.0\.0\.1|localhost)$/.test(url.hostname));
}
