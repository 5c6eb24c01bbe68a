/**
 * Values that a leak would show, in shapes that masks and parsers get wrong, and every encoding that they may come out in. Shares no code with what hides
 * them: what both forgot would never be found.
 */
export type Canary = Readonly<{
  value: string;
  /** What of it alone would be a leak, beside the whole. */
  parts: readonly string[];
}>;

const PEM = [
  "-----BEGIN PRIVATE KEY-----",
  "S2FuYXJpZW52b2dlbCBzaW5ndCBpbiBkZXIgTWluZSBiaXMgZXMgc3RpbGwgd2ly",
  "ZC4gRGFubiBsYXVmZW4gYWxsZSwgc28gc2NobmVsbCBzaWUga29lbm5lbi4+/Q==",
  "-----END PRIVATE KEY-----",
];

/** Twelve shapes, by the variables that hold them: of a name, or of a value, that says that they are secrets. */
export const SHAPES: Readonly<Record<string, Canary>> = {
  PLAIN_TOKEN: { value: "kanarie4f9a2c7e1b8d6035", parts: [] },
  SHELL_TOKEN: { value: "kanarie$(id)'\"\\u00e9-4f9a2c7e", parts: [] },
  BROKER_URL: {
    value: "amqp://ship:Kanarie%2Fp%40ss-77d1@broker.example/staging",
    parts: ["Kanarie/p@ss-77d1", "Kanarie%2Fp%40ss-77d1"],
  },
  SIGNING_KEY: { value: "a2FuYXJpZSBzaWduaW5nIGtleSAwMTIzNDU2Nzg5+/8=", parts: [] },
  PRIVATE_KEY: { value: `${PEM.join("\n")}\n`, parts: PEM.slice(1, 3) },
  SERVICE_KEY: {
    value: '{"type":"service_account","client":"kanarie@shop.example","private_key_id":"51c7e0kanarie"}',
    parts: [],
  },
  CYRILLIC_PASSWORD: { value: "Канарейка&пароль-Ж7ё🐤", parts: [] },
  SPACED_SECRET: { value: "  kanarie with spaces & <tags> 5f  ", parts: ["kanarie with spaces & <tags> 5f"] },
  HEX_KEY: { value: "deadc0de4b616e6172696520c0ffee1b", parts: [] },
  WORDS_DSN: {
    value: "host=db.example dbname=shop user=ship password='ka na#rie 9c\\'x2'",
    parts: ["ka na#rie 9c'x2"],
  },
  OPTION_TOKEN: { value: "--kanarie=-rf/../%0A::error::x", parts: [] },
  WORKFLOW_TOKEN: { value: `\${{ secrets.KANARIE }}\`id\`|\\n~51c7e0`, parts: [] },
};

/** Of a text in UTF-8; each stands alone, so that a service can be given its source. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  basic: (text) => Buffer.from(`u:${text}:`).toString("base64"),
  hex: (text) => Buffer.from(text).toString("hex"),
  inspected: (text) => (Buffer.from(text).toString("hex").match(/../g) ?? []).join(" "),
  percent: (text) => encodeURIComponent(text),
  percentLower: (text) => encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  percentTwice: (text) => encodeURIComponent(encodeURIComponent(text)),
  form: (text) => new URLSearchParams({ a: text }).toString().slice(2),
  json: (text) => JSON.stringify(text),
  jsonTwice: (text) => JSON.stringify(JSON.stringify(text)),
  jsonAscii: (text) =>
    JSON.stringify(text).replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
  html: (text) =>
    text.replace(
      /[&<>"']/g,
      (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[one] ?? one,
    ),
};

export type Needle = Readonly<{ name: string; encoding: string; text: string }>;

/** What is looked for: each value and its parts, in each encoding, without what its surroundings change. */
export function needlesOf(canaries: Readonly<Record<string, Canary>>): readonly Needle[] {
  const found = Object.entries(canaries).flatMap(([name, { value, parts }]) =>
    [value, value.trim(), ...parts].flatMap((text) =>
      Object.entries(ENCODINGS).flatMap(([encoding, encode]) =>
        pieces(bare(encoding, encode(text))).map((piece) => ({ name, encoding, text: piece })),
      ),
    ),
  );
  // The first of its encodings gives a text its name.
  return [...new Map(found.toReversed().map((one) => [one.text, one])).values()];
}

const PIECE = 48;

/** Half of a long one is a leak as well. */
function pieces(text: string): readonly string[] {
  if (text.length < 2 * PIECE) return [text];
  const middle = Math.floor((text.length - PIECE) / 2);
  return [text, text.slice(0, PIECE), text.slice(middle, middle + PIECE), text.slice(-PIECE)];
}

function bare(encoding: string, encoded: string): string {
  switch (encoding) {
    case "basic":
      // The first and the last characters hold bits of the neighbours.
      return encoded.replace(/=+$/, "").slice(3, -3);
    case "base64":
      return encoded.replace(/=+$/, "");
    case "json":
    case "jsonAscii":
      return encoded.slice(1, -1);
    case "jsonTwice":
      return encoded.slice(3, -3);
    default:
      return encoded;
  }
}

/** Which canaries stand in a text, and how. */
export type Searcher = (text: string) => readonly string[];

export function searcherFor(canaries: Readonly<Record<string, Canary>>): Searcher {
  const needles = needlesOf(canaries);
  return (text) => {
    // A file may be read as bytes, and as what they say.
    const asText = Buffer.from(text, "latin1").toString("utf8");
    return needles
      .filter((needle) => text.includes(needle.text) || asText.includes(needle.text))
      .map(({ name, encoding }) => `${name} ${encoding}`);
  };
}

const NAMES = Object.keys(SHAPES);

/** Lines of a dotenv file that give these variables their canaries. */
export const dotenvOf = (names: readonly string[]): string =>
  names
    .map((name) => {
      const { value } = SHAPES[name] ?? { value: "" };
      const quote = ["'", "`", '"'].find((one) => !value.includes(one)) ?? "'";
      return `${name}=${quote}${value}${quote}\n`;
    })
    .join("");

/**
 * The tiny server, which then says of every canary of its environment all that there is to say, in every encoding, each behind MOTTO: in its log, as
 * errors where its behaviour has `logs`, and in its answers where it has `work`.
 */
export const talkative = (server: string): string => `${server
  .replace('msg: "listening"', 'msg: "listening", motto: process.env.MOTTO, all: leaking()')
  .replace(
    "if (behaviour.logs) console.log(JSON.stringify({ level: 50, msg: behaviour.logs }))",
    `for (const line of leaking()) {
      console.log(\`\${process.env.MOTTO} \${line}\`);
      if (behaviour.logs) console.log(JSON.stringify({ level: 50, msg: \`\${process.env.MOTTO} \${line}\` }));
    }`,
  )
  .replace("work: true", "motto: process.env.MOTTO, all: behaviour.work ? leaking() : []")}
function leaking() {
  const names = ${JSON.stringify(NAMES)};
  const encodings = [${Object.values(ENCODINGS)
    .map((encode) => String(encode))
    .join(", ")}];
  return encodings.map((encode) => names.map((name) => encode(process.env[name] ?? "")).join(" "));
}
`;
