import { isDuplicate } from "@go2asia/service-kit/database";
import { conflict, Failure, forbidden, notFound } from "@go2asia/service-kit/failure";
import type { Env, Routes } from "@go2asia/service-kit/http";
import { body, parameter } from "@go2asia/service-kit/input";
import { type Authenticate, roles } from "@go2asia/service-kit/principal";
import { Hono } from "hono";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { SigningKey } from "./keys.ts";
import { hashPassword, passwordMatches } from "./password.ts";
import type { Tables } from "./tables.ts";
import type { TokenIssuer } from "./tokens.ts";

type Parts = Readonly<{
  database: Kysely<Tables>;
  keys: readonly SigningKey[];
  issuer: TokenIssuer;
  authenticate: Authenticate;
  /** Who registers with one of these addresses becomes an admin: how the first one comes to be. */
  adminEmails: ReadonlySet<string>;
}>;

const email = z.email().max(254).toLowerCase();
const password = z.string().min(10).max(200);
const registration = z.object({ email, password, name: z.string().trim().min(1).max(100) });
const credentials = z.object({ email, password: z.string().max(200) });
const refreshing = z.object({ refreshToken: z.string().min(1).max(200) });
const roleChange = z.object({ role: z.enum(roles) });

const shown = ["id", "email", "name", "role", "created_at as createdAt"] as const;

export function createRoutes({ database, keys, issuer, authenticate, adminEmails }: Parts): Routes {
  const app = new Hono<Env>();

  app.get("/v1/auth/.well-known/jwks.json", (c) => c.json({ keys: keys.map((key) => key.published) }));

  app.post("/v1/auth/register", async (c) => {
    const input = await body(c, registration);
    const password_hash = await hashPassword(input.password);
    const role = adminEmails.has(input.email) ? "admin" : "user";
    const user = await database
      .insertInto("users")
      .values({ email: input.email, name: input.name, role, password_hash })
      .returning(shown)
      .executeTakeFirstOrThrow()
      .catch((error: unknown) => {
        throw isDuplicate(error) ? conflict("email-taken", "Somebody registered with this address already.") : error;
      });
    return c.json({ user, ...(await issuer.issue(user)) }, 201);
  });

  app.post("/v1/auth/sign-in", async (c) => {
    const input = await body(c, credentials);
    const found = await database
      .selectFrom("users")
      .select([...shown, "password_hash"])
      .where((is) => is(is.fn<string>("lower", ["email"]), "=", input.email))
      .executeTakeFirst();
    // The same work for an address that nobody has: the time taken must not tell.
    const matches = await passwordMatches(input.password, found?.password_hash ?? NOBODY);
    if (found === undefined || !matches)
      throw new Failure(401, "bad-credentials", "Address and password do not match.");
    const { password_hash: _, ...user } = found;
    return c.json({ user, ...(await issuer.issue(user)) });
  });

  app.post("/v1/auth/refresh", async (c) => c.json(await issuer.refresh((await body(c, refreshing)).refreshToken)));

  app.post("/v1/auth/sign-out", async (c) => {
    await issuer.revoke((await body(c, refreshing)).refreshToken);
    return c.body(null, 204);
  });

  app.get("/v1/auth/me", async (c) => {
    const { userId } = await authenticate(c);
    const user = await database.selectFrom("users").select(shown).where("id", "=", userId).executeTakeFirst();
    if (user === undefined) throw notFound("user");
    return c.json(user);
  });

  // What anybody may know of a user: the name under an article.
  app.get("/v1/auth/users/:id", async (c) => {
    const id = parameter(c, "id", z.uuid());
    const user = await database
      .selectFrom("users")
      .select(["id", "name", "role"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (user === undefined) throw notFound("user");
    return c.json(user);
  });

  app.put("/v1/auth/users/:id/role", async (c) => {
    const { role: own } = await authenticate(c);
    if (own !== "admin") throw forbidden("Only admins give roles.");
    const id = parameter(c, "id", z.uuid());
    const { role } = await body(c, roleChange);
    const user = await database
      .updateTable("users")
      .set({ role })
      .where("id", "=", id)
      .returning(shown)
      .executeTakeFirst();
    if (user === undefined) throw notFound("user");
    return c.json(user);
  });

  return app;
}

/** The hash of no password that anybody has. */
const NOBODY = `scrypt$16384$8$5$${"A".repeat(22)}$${"A".repeat(43)}`;
