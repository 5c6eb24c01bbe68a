import type { Channel } from "../fleet/fleet.ts";

/** One request that carries a text; or why there is none. Addresses are secrets: nothing that is said names one. */
export type Message = Readonly<{ kind: "request"; url: string; body: string } | { kind: "none"; why: string }>;

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
  }
}

function isSafe(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && /^(?:127\.0\.0\.1|localhost)$/.test(url.hostname));
}
