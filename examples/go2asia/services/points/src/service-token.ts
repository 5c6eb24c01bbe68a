import { createHash, timingSafeEqual } from "node:crypto";
import { Failure } from "@go2asia/service-kit/failure";
import { bearer } from "@go2asia/service-kit/principal";
import type { Context } from "hono";

/** Lets other services in by a token they share with this one. Several are accepted, so that one can be replaced. */
export function serviceTokens(list: string): (c: Context) => void {
  const accepted = list
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "")
    .map(digest);
  return (c) => {
    const given = bearer(c);
    if (given === null) throw new Failure(401, "no-token", "A service token is needed.");
    const hash = digest(given);
    if (!accepted.some((one) => timingSafeEqual(one, hash))) {
      throw new Failure(401, "bad-token", "The service token is not valid.");
    }
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
