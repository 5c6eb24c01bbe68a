import type { Channel } from "../fleet/fleet.ts";
import { httpRequest } from "../io/http.ts";
import { type MailAnswer, sendMail } from "../io/send-mail.ts";
import { messageTo } from "./message.ts";
import { hears, type News, textOf } from "./news.ts";

/** Milliseconds that a message may take. */
const PATIENCE = 5000;
const LIMIT = 64 * 1024;

export type Notify = (news: News) => Promise<void>;

/** Tells all who are to hear it, side by side. Never rejects, and never takes longer than its patience: what could not be sent is said. */
export function notifier(
  channels: readonly Channel[],
  {
    env,
    warn,
    signal,
  }: Readonly<{ env: Readonly<Record<string, string>>; warn: (line: string) => void; signal: AbortSignal }>,
): Notify {
  return async (news) => {
    const text = textOf(news);
    const telling = channels.filter((channel) => hears(channel, news));
    await Promise.all(
      telling.map(async (channel) => {
        const failed = await send(channel, text, { env, signal }).catch(() => "it could not be sent");
        if (failed !== null)
          warn(
            `${channel.kind} was not told that the release ${news.kind === "started" ? "started" : `is ${news.kind}`}: ${failed}`,
          );
      }),
    );
  };
}

async function send(
  channel: Channel,
  text: string,
  { env, signal }: Readonly<{ env: Readonly<Record<string, string>>; signal: AbortSignal }>,
): Promise<string | null> {
  const message = messageTo(channel, text, env);
  if (message.kind === "none") return message.why;
  if (message.kind === "mail") return saidOf(await sendMail({ ...message, timeout: PATIENCE, signal }));
  const answer = await httpRequest({
    url: message.url,
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "user-agent": "sampan" },
    body: message.body,
    timeout: PATIENCE,
    limit: LIMIT,
    signal,
  });
  if (answer.kind === "none") return answer.why === "down" ? "nobody answers there" : `no answer (${answer.why})`;
  return answer.status >= 200 && answer.status < 300 ? null : `it answered ${answer.status}`;
}

const NOT_SENT = {
  down: "nobody answers there",
  timeout: "no answer (timeout)",
  tls: "no connection that can be trusted (tls)",
  login: "the server does not take the name and the password",
  broken: "the connection broke",
} as const;

function saidOf(answer: MailAnswer): string | null {
  switch (answer.kind) {
    case "taken":
      return null;
    case "refused":
      return `the server answered ${answer.code}`;
    case "none":
      return NOT_SENT[answer.why];
  }
}
