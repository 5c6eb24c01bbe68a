import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMask, maskChunks } from "./mask.ts";

/** What secrets look like, and what must not be seen of them. */
const SHAPES: Readonly<Record<string, string>> = {
  short: "pw42",
  password: "correct horse battery staple",
  symbols: "p@ss/w0rd+#%&=?\"'<>\\$(id)",
  token: "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  jwt: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
  hex: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  base64: "3q2+7/ur3q2+7/ur3q2+7/ur3q2+7w==",
  unicode: "пароль-密码-🔑",
  json: '{"client_id":"a","client_secret":"s3cr3t-value"}',
  pem: "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqV\nTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n",
  url: "postgres://app:s3cr3tP%40ss@db.internal:5432/points",
  dsn: "host=db user=app password='it''s \\'secret' dbname=points",
};

const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  "in the middle": (value) => `before${value}after`,
  base64: (value) => Buffer.from(value).toString("base64"),
  "base64 without padding": (value) => Buffer.from(value).toString("base64").replaceAll("=", ""),
  base64url: (value) => Buffer.from(value).toString("base64url"),
  "Basic, one before": (value) => Buffer.from(`u${value}`).toString("base64"),
  "Basic, two before": (value) => Buffer.from(`u:${value}`).toString("base64url"),
  "URL component": (value) => encodeURIComponent(value),
  form: (value) => new URLSearchParams({ a: value }).toString(),
  "lower-case percent": (value) => encodeURIComponent(value).replaceAll(/%../g, (found) => found.toLowerCase()),
  JSON: (value) => JSON.stringify({ value }),
  "JSON in JSON": (value) => JSON.stringify({ log: JSON.stringify({ value }) }),
  "inspected object": (value) => inspect({ value }, { breakLength: 1e9 }),
  hex: (value) => Buffer.from(value).toString("hex"),
  "upper-case hex": (value) => Buffer.from(value).toString("hex").toUpperCase(),
};

describe("createMask", () => {
  for (const [shape, value] of Object.entries(SHAPES)) {
    it.each(Object.entries(ENCODINGS))(`hides a ${shape} as %s`, (_, encode) => {
      const text = `[${encode(value)}]`;
      const masked = createMask([{ name: "THE_SECRET", value }])(text);
      expect(masked).toContain("‹masked:THE_SECRET›");
      const rest = masked.replaceAll("‹masked:THE_SECRET›", "");
      // Base64 at an offset leaves the characters that mix in the neighbours' bits, and the user's name.
      expect(rest.length).toBeLessThanOrEqual(encode("").length + (encode === ENCODINGS.form ? 4 : 10));
    });
  }

  it("hides the password of a URL on its own, encoded and decoded, and not the rest of the URL", () => {
    const mask = createMask([{ name: "DATABASE_URL", value: SHAPES.url ?? "" }]);
    expect(mask("password s3cr3tP@ss")).toBe("password ‹masked:DATABASE_URL›");
    expect(mask("password s3cr3tP%40ss")).toBe("password ‹masked:DATABASE_URL›");
    expect(mask("connect to db.internal:5432 as app")).toBe("connect to db.internal:5432 as app");
  });

  it("hides the password of a keyword DSN and of an AMQP list", () => {
    expect(createMask([{ name: "D", value: "host=x password=hunter22 dbname=y" }])("is hunter22")).toBe(
      "is ‹masked:D›",
    );
    expect(createMask([{ name: "D", value: "amqp://a:first1@h1,amqp://a:second2@h2" }])("first1 second2")).toBe(
      "‹masked:D› ‹masked:D›",
    );
    expect(createMask([{ name: "D", value: "postgres://u:a/b#c@host/db" }])("is a/b#c")).toBe("is ‹masked:D›");
  });

  it("hides each line of a value of several lines", () => {
    const mask = createMask([{ name: "PEM", value: (SHAPES.pem ?? "").replaceAll("\n", "\r\n") }]);
    for (const line of (SHAPES.pem ?? "").trim().split("\n")) expect(mask(`2026 ${line}`)).toBe("2026 ‹masked:PEM›");
  });

  it("takes the longest of secrets that hold each other, and all of those that overlap", () => {
    const mask = createMask([
      { name: "SHORT", value: "abcdef" },
      { name: "LONG", value: "abcdefghij" },
      { name: "OVERLAPS", value: "hijklmnopqrst" },
    ]);
    expect(mask("abcdefghij.")).toBe("‹masked:LONG›.");
    expect(mask("abcdef.")).toBe("‹masked:SHORT›.");
    expect(mask("abcdefghijklmnopqrst.")).toBe("‹masked:OVERLAPS›.");
  });

  it("leaves alone what is too short or says nothing", () => {
    const mask = createMask([
      { name: "A", value: "abc" },
      { name: "B", value: "" },
      { name: "C", value: "true" },
      { name: "D", value: "   \n  " },
    ]);
    expect(mask("abc true    \n   ")).toBe("abc true    \n   ");
  });

  it("is not confused by names and values that are syntax elsewhere", () => {
    const mask = createMask([
      { name: "A", value: "$&$1.*+?^[](" },
      { name: "B", value: "masked:A" },
      { name: "C", value: "\ud800lone" },
    ]);
    expect(mask("x$&$1.*+?^[](y masked:A \ud800lone")).toBe("x‹masked:A›y ‹masked:B› ‹masked:C›");
  });

  it("lets nothing of any secret through, whatever is around it", () => {
    const secret = fc
      .string({ unit: "grapheme", minLength: 6, maxLength: 20 })
      .filter((value) => value.trim().length >= 6);
    const encoding = fc.constantFrom(...Object.values(ENCODINGS));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), encoding, fc.string(), (secrets, encode, noise) => {
        const mask = createMask(secrets.map((value, index) => ({ name: `S${index}`, value })));
        const masked = mask(secrets.map((value) => `${noise}|${encode(value)}`).join("|"));
        const rest = masked.replaceAll(/‹masked:S\d›/g, "\0");
        for (const value of secrets) expect(noise.includes(value) || !rest.includes(value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("maskChunks", () => {
  it("finds secrets wherever the chunks end", () => {
    const secrets = [
      { name: "A", value: "first-secret" },
      { name: "B", value: "line one\nline two\nline three" },
    ];
    const text = `start first-secret\nthen line one\nline two\nline three\nend first-secret`;
    const expected = createMask(secrets)(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), fc.constantFrom(1, 64), (cuts, longestLine) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = maskChunks(secrets, longestLine);
        const written = at.slice(1).map((end, index) => chunks.push(text.slice(at[index], end)));
        const all = [...written, chunks.end()].join("");
        // A value of several lines may come out line by line.
        expect(all.replaceAll(/(‹masked:B›\n?)+/g, "‹masked:B›\n")).toBe(
          expected.replaceAll(/(‹masked:B›\n?)+/g, "‹masked:B›\n"),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("holds a bounded part of a line that never ends", () => {
    const chunks = maskChunks([{ name: "A", value: "needle-needle" }], 1000);
    let written = "";
    for (let index = 0; index < 100; index += 1) written += chunks.push(`${"x".repeat(95)}needle-needle`);
    expect(written.length).toBeGreaterThan(9000);
    expect(written + chunks.end()).toBe(`${"x".repeat(95)}‹masked:A›`.repeat(100));
  });
});
