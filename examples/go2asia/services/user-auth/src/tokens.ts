import { createHash, randomBytes, randomUUID } from "node:crypto";
import { Failure } from "@go2asia/service-kit/failure";
import { ISSUER, type Role } from "@go2asia/service-kit/principal";
import { SignJWT } from "jose";
import type { Kysely } from "kysely";
import type { SigningKey } from "./keys.ts";
import type { Tables } from "./tables.ts";

const ACCESS_SECONDS = 15 * 60;
const REFRESH_SECONDS = 30 * 24 * 60 * 60;

export type Tokens = Readonly<{ accessToken: string; refreshToken: string; expiresIn: number }>;

type Subject = Readonly<{ id: string; role: Role }>;

/** Access tokens that the other services verify by themselves, and refresh tokens that only this one knows, by hash. */
export class TokenIssuer {
  readonly #database: Kysely<Tables>;
  readonly #key: SigningKey;

  constructor(database: Kysely<Tables>, key: SigningKey) {
    this.#database = database;
    this.#key = key;
  }

  async issue(user: Subject, family: string = randomUUID()): Promise<Tokens> {
    const refreshToken = randomBytes(32).toString("base64url");
    const expires_at = new Date(Date.now() + REFRESH_SECONDS * 1000);
    await this.#database
      .insertInto("refresh_tokens")
      .values({ hash: hashed(refreshToken), family, user_id: user.id, expires_at, used_at: null })
      .execute();
    const accessToken = await new SignJWT({ role: user.role })
      .setProtectedHeader({ alg: "EdDSA", kid: this.#key.kid })
      .setIssuer(ISSUER)
      .setSubject(user.id)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_SECONDS}s`)
      .sign(this.#key.privateKey);
    return { accessToken, refreshToken, expiresIn: ACCESS_SECONDS };
  }

  /** A new pair for a token not used before. One used twice was stolen by somebody: its whole family ends. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const hash = hashed(refreshToken);
    const taken = await this.#database
      .updateTable("refresh_tokens")
      .set({ used_at: new Date() })
      .where("hash", "=", hash)
      .where("used_at", "is", null)
      .where("expires_at", ">", new Date())
      .returning(["family", "user_id"])
      .executeTakeFirst();
    if (taken === undefined) {
      await this.revoke(refreshToken);
      throw new Failure(401, "bad-refresh-token", "The refresh token is not valid, or no longer.");
    }
    const user = await this.#database
      .selectFrom("users")
      .select(["id", "role"])
      .where("id", "=", taken.user_id)
      .executeTakeFirstOrThrow();
    return this.issue(user, taken.family);
  }

  /** Ends the sign-in that the token belongs to; unknown tokens are no news. */
  async revoke(refreshToken: string): Promise<void> {
    await this.#database
      .deleteFrom("refresh_tokens")
      .where("family", "in", (inner) =>
        inner.selectFrom("refresh_tokens").select("family").where("hash", "=", hashed(refreshToken)),
      )
      .execute();
  }
}

const hashed = (token: string): string => createHash("sha256").update(token).digest("base64url");
