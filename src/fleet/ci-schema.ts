import { z } from "zod";
import { expected, word } from "./words.ts";

/** A token is sent there: over TLS, or to this very machine. */
const API = /^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|localhost))(?::[0-9]{1,5})?(?:\/[\w.~-]+)*\/?$/;

export const ciSchema = z.strictObject({
  provider: z
    .enum(["github", "gitlab", "gitea"], { error: expected("bad-value", "github, gitlab or gitea") })
    .describe("Whose API is asked; Forgejo's is Gitea's."),
  api: word("an address such as https://git.example/api/v1", API).describe("The API's address."),
  repository: word("a repository such as shop/backend", /^[\w.-]{1,100}(?:\/[\w.-]{1,100}){0,20}$/).describe(
    "The repository as the API knows it: owner/name, or GitLab's number of the project.",
  ),
  token: word("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
    .optional()
    .describe(
      "Environment variable that holds a token which may read the commit's checks. Default: as the provider names it.",
    ),
});
