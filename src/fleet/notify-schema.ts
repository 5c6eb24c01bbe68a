import { z } from "zod";
import { expected, name, someOf, word } from "./words.ts";

export const NEWS = ["started", "waiting", "verified", "thrown-back", "halted"] as const;

const variable = (what: string) => word(`the name of a variable that holds ${what}`, /^[A-Za-z_][A-Za-z0-9_]{0,99}$/);

/** Over TLS, or a server of one's own on this machine. */
const API = /^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|localhost))(?::[0-9]{1,5})?\/?$/;

/** As mail servers take it everywhere; a name beside it is nobody's need. */
const address = word(
  "an e-mail address such as ops@shop.example",
  /^[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/,
);

/** Who hears of releases. Addresses that are secrets are named, and stand in Sampan's own environment. */
export const notifySchema = z
  .array(
    z
      .strictObject({
        slack: variable("a webhook's address")
          .optional()
          .describe(
            "Variable of Sampan's own environment with the address of an incoming webhook, as Slack and Mattermost have.",
          ),
        telegram: z
          .strictObject({
            token: variable("a bot's token").describe("Variable of Sampan's own environment with the bot's token."),
            chat: word(
              "a chat such as -1001234567890 or @channel",
              /^(?:-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,40})$/,
            ).describe("The chat's number, or a public channel's name."),
            api: word("an address such as https://api.telegram.org", API)
              .optional()
              .describe("Of a Bot API server of one's own; default https://api.telegram.org."),
          })
          .optional()
          .describe("A bot's message to a chat."),
        email: z
          .strictObject({
            to: someOf(address, "a list of addresses such as ops@shop.example", "address")
              .max(20, expected("bad-value", "at most 20 addresses"))
              .describe("Who gets it."),
            from: address.describe("Whose name it bears."),
            smtp: variable("a mail server's address").describe(
              "Variable of Sampan's own environment with the server, such as smtps://user:password@smtp.shop.example.",
            ),
          })
          .optional()
          .describe("An e-mail."),
        on: someOf(z.enum(NEWS), `a list of ${NEWS.join(", ")}`, "of them")
          .optional()
          .describe("What is told; default all of it."),
        environments: someOf(name, "a list of environments", "environment")
          .optional()
          .describe("Of which environments; default all."),
      })
      .refine(
        (one) => [one.slack, one.telegram, one.email].filter((channel) => channel !== undefined).length === 1,
        expected("bad-value", "one of slack, telegram and email"),
      ),
    { error: expected("bad-value", "a list of { slack }, { telegram } or { email }") },
  )
  .max(20, expected("bad-value", "at most 20 of them"));
