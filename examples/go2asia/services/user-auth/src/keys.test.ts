import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseKeys } from "./keys.ts";
import { hashPassword, passwordMatches } from "./password.ts";

const seed = () => randomBytes(32).toString("base64url");

test("the first key signs, all are published, none with its private part", () => {
  const keys = parseKeys(`new:${seed()}, old:${seed()}`);
  assert.deepEqual(
    keys.map((key) => key.kid),
    ["new", "old"],
  );
  assert.deepEqual(Object.keys(keys[0].published).sort(), ["alg", "crv", "kid", "kty", "use", "x"]);
});

test("keys that cannot be used are refused without being quoted", () => {
  const short = randomBytes(31).toString("base64url");
  for (const bad of ["", "new", `new:${short}`, `a b:${seed()}`]) {
    assert.throws(() => parseKeys(bad), /JWT_KEYS: entry 1 is not kid:seed/);
  }
  assert.throws(
    () => parseKeys(`new:${short}`),
    (error: Error) => !error.message.includes(short),
  );
  assert.throws(() => parseKeys(`a:${seed()},a:${seed()}`), /twice/);
});

test("a password matches its hash only, and no two hashes are alike", async () => {
  const [one, two] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
  assert.notEqual(one, two);
  assert.equal(await passwordMatches("correct horse", one), true);
  assert.equal(await passwordMatches("correct house", one), false);
  assert.equal(await passwordMatches("", "not a hash"), false);
});
