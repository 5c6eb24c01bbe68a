import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An answer that is not a success, thrown wherever it is noticed; sent as application/problem+json. */
export class Failure extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly detail: unknown;

  constructor(status: ContentfulStatusCode, code: string, message: string, detail: unknown = undefined) {
    super(message);
    this.name = "Failure";
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

export const notFound = (what: string): Failure => new Failure(404, "not-found", `There is no such ${what}.`);
export const forbidden = (why: string): Failure => new Failure(403, "forbidden", why);
export const conflict = (code: string, why: string): Failure => new Failure(409, code, why);
