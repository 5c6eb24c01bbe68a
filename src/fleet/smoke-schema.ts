import { z } from "zod";
import { argv, expected, headers, integer, period, timeout, why, word } from "./words.ts";

export const REQUEST_LINE =
  /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[\u0021-\u007e]{0,2000})(?: -> ([1-5][0-9]{2}))?$/;

const requestLine = word('a request such as "GET /v1/articles -> 200"', REQUEST_LINE);

const check = z.union(
  [
    requestLine,
    z.strictObject({
      request: requestLine.describe("Method and path."),
      headers: headers.optional().describe("Headers to send."),
      json: z.unknown().optional().describe("A JSON body to send."),
      expect: z
        .strictObject({
          status: integer(100, 599).optional().describe("Status of the answer; default 200."),
          headers: headers.optional().describe("Headers that the answer must have."),
          json: z
            .record(word("a JSON path such as items[0].id", /^[ -~\u00a0-\uffff]{1,200}$/), z.unknown(), {
              error: expected("bad-value", "values by their JSON paths"),
            })
            .optional()
            .describe("JSON path to the value that must be there."),
          latency: timeout.optional().describe("Slowest answer allowed."),
        })
        .optional()
        .describe("What the answer must be."),
    }),
    z.strictObject({
      command: argv.describe("Run in the service's folder with SAMPAN_URL set; exit code 0 passes."),
      timeout: timeout.optional().describe("When the command is ended; default 30s."),
    }),
  ],
  { error: expected("bad-value", '"GET /v1/articles -> 200", { request, … } or { command: […] }') },
);

export const smokeChecks = z
  .array(check, { error: expected("bad-value", "a list of requests") })
  .min(1, expected("bad-value", "at least one request"));

/** How a service is shown to work: requests, programs, or a word why there are none. */
export const smokeSchema = z.union(
  [
    smokeChecks,
    z.strictObject({
      checks: smokeChecks.describe("The same list, with room for how often to try."),
      retries: integer(0, 20).optional().describe("Further attempts of a check that fails; default 2."),
      every: period.optional().describe("Pause between two attempts; default 1s."),
    }),
    z.strictObject({ none: why.describe("There is nothing to request, and why.") }),
  ],
  { error: expected("bad-value", 'a list of requests, { checks, retries, every } or { none: "why" }') },
);
