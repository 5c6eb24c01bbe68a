import type { Context } from "hono";
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { Failure } from "./failure.ts";

export const roles = ["guest", "user", "vip", "pro", "partner", "admin"] as const;
export type Role = (typeof roles)[number];

/** Who asks, by an access token that user-auth signed. */
export type Principal = Readonly<{ userId: string; role: Role; token: string }>;

export type Authenticate = (c: Context) => Promise<Principal>;

export const ISSUER = "go2asia/user-auth";

const claims = z.object({ sub: z.uuid(), role: z.enum(roles) });

/** Verifies with the keys that user-auth publishes; they are cached, and fetched anew when a token names an unknown key. */
export function authenticateBy(userAuthUrl: string): Authenticate {
  const keys = createRemoteJWKSet(new URL("/v1/auth/.well-known/jwks.json", userAuthUrl), {
    cooldownDuration: 2_000,
    cacheMaxAge: 600_000,
    timeoutDuration: 3_000,
  });
  return authenticateWith(keys);
}

export function authenticateWith(keys: JWTVerifyGetKey): Authenticate {
  return async (c) => {
    const token = bearer(c);
    if (token === null) throw new Failure(401, "no-token", "An access token is needed.");
    const verified = await jwtVerify(token, keys, { issuer: ISSUER, algorithms: ["EdDSA"] }).catch((error: unknown) => {
      if (isFetching(error)) throw new Failure(503, "unavailable", "The keys of user-auth cannot be fetched now.");
      throw new Failure(401, "bad-token", "The access token is not valid, or no longer.");
    });
    const parsed = claims.safeParse(verified.payload);
    if (!parsed.success) throw new Failure(401, "bad-token", "The access token lacks what it should say.");
    return { userId: parsed.data.sub, role: parsed.data.role, token };
  };
}

/** The token of `Authorization: Bearer …`, or null. */
export function bearer(c: Context): string | null {
  const [scheme, token] = (c.req.header("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && token !== undefined && token !== "" ? token : null;
}

// The JWKS could not be had (network, timeout, not 200): that is not the caller's fault.
const isFetching = (error: unknown): boolean =>
  !(error instanceof Error && "code" in error && String(error.code).startsWith("ERR_J")) ||
  error.code === "ERR_JWKS_TIMEOUT" ||
  error.code === "ERR_JOSE_GENERIC";
