import { describe, expect, it } from "vitest";
import { holdsNoAddress, referenceIn } from "./reference.ts";

const OP = { prefix: "op://", command: ["op", "read", "{reference}"], timeout: 30_000 };
const VAULT = { prefix: "vault:", command: ["vault", "kv", "get", "-field={field}", "{path}"], timeout: 1000 };
const commands = [OP, VAULT];

describe("a value", () => {
  it("is a reference by its beginning alone", () => {
    expect(referenceIn("op://prod/blog/password", commands)).toMatchObject({
      reference: { argv: ["op", "read", "op://prod/blog/password"], command: "op read {reference}" },
    });
    expect(referenceIn("vault:secret/a#b#token", commands)).toMatchObject({
      reference: { argv: ["vault", "kv", "get", "-field=token", "secret/a#b"] },
    });
    for (const plain of ["", " op://x/y", "OP://x/y", "postgres://u:op://p@h/d", "oops"])
      expect(referenceIn(plain, commands), plain).toBeNull();
  });

  it("stays one word of the command, whatever is in it", () => {
    const hostile = "op://a b/$(touch x)/`id`;{path}{reference}'\"";
    expect(referenceIn(hostile, commands)).toMatchObject({ reference: { argv: ["op", "read", hostile] } });
  });

  it.each([
    ["op://", /nothing behind/],
    ["op://a\nb", /one line/],
    ["vault:secret/a", /#field/],
    ["vault:-address=http://evil.example#x", /begins with -/],
  ])("is refused where it would be something else to its command: %j", (value, why) => {
    expect(referenceIn(value, commands)).toMatchObject({ kind: "wrong", why: expect.stringMatching(why) });
  });
});

it.each([
  ["DB_PASSWORD", true],
  ["API_TOKEN", true],
  ["JWT_SIGNING_KEY", true],
  ["DATABASE_PASSWORD", true],
  ["DATABASE_URL", false],
  ["SECRET_DATABASE_URL", false],
  ["KEYDB_HOST", false],
  ["SMTP_DSN", false],
  ["WHATEVER", false],
])("%s can be no address by its name: %s", (name, without) => {
  expect(holdsNoAddress(name)).toBe(without);
});
