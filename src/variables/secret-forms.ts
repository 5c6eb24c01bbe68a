import { passwordsIn } from "./passwords-in.ts";

/** Shorter values are not masked: they would be found in everything. */
export const SHORTEST_MASKED = 4;

/** Words that stand in variables called secret and say nothing. */
const PLAIN_WORDS = new Set(["true", "false", "null", "none", "undefined"]);

/** Every way in which a secret value may come out of a program: itself, its parts, and their encodings. */
export function secretForms(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  for (const part of parts(value)) {
    for (const form of encodings(part)) if (form.length >= SHORTEST_MASKED) forms.add(form);
  }
  return forms;
}

/** The value, its lines (a log writes them one by one), and the passwords inside it. */
function parts(value: string): readonly string[] {
  const lines = value.split(/\r\n|\r|\n/);
  const unix = value.replaceAll("\r\n", "\n");
  const all = [
    value,
    value.trim(),
    unix,
    unix.replaceAll("\n", "\r\n"),
    ...lines.map((line) => line.trim()),
    ...passwordsIn(value),
  ];
  return [...new Set(all)].filter(
    (part) => [...part.trim()].length >= SHORTEST_MASKED && !PLAIN_WORDS.has(part.toLowerCase()),
  );
}

function encodings(part: string): readonly string[] {
  const bytes = Buffer.from(part, "utf8");
  const hex = bytes.toString("hex");
  const spaced = hex.replaceAll(/..(?!$)/g, "$& ");
  return [
    part,
    ...base64Forms(bytes),
    ...percentForms(part),
    ...escapedForms(part),
    hex,
    hex.toUpperCase(),
    spaced,
    spaced.slice(0, 149), // util.inspect shows the first 50 bytes of a Buffer.
    spaced.replaceAll(" ", ":"),
    spaced.toUpperCase().replaceAll(" ", ":"),
  ];
}

/** Also inside longer base64 (`user:password` of a Basic header), where the value begins at any of three places, and in wrapped lines. */
function base64Forms(bytes: Buffer): readonly string[] {
  const whole = bytes.toString("base64");
  const inner = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replaceAll("=", "");
    // The first and last characters hold bits of the neighbours.
    const first = Math.ceil((offset * 8) / 6);
    return shifted.slice(first, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const wrapped = [64, 76].flatMap((width) =>
    whole.length > width ? (whole.match(new RegExp(`.{1,${width}}`, "g")) ?? []) : [],
  );
  const all = [whole, whole.replaceAll("=", ""), ...inner, ...wrapped.filter((line) => line.length > 8)];
  return [...all, ...all.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

function percentForms(part: string): readonly string[] {
  const component = Buffer.from(part, "utf8").toString("utf8").toWellFormed();
  const encoded = encodeURIComponent(component);
  const strict = encoded.replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams({ a: component }).toString().slice(2);
  const all = [encoded, strict, form, encodeURI(component), encoded.replaceAll("%20", "+")];
  return [...all, ...all.map(lowerPercent), ...all.map((once) => encodeURIComponent(once))];
}

const lowerPercent = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase());

function escapedForms(part: string): readonly string[] {
  const json = JSON.stringify(part).slice(1, -1);
  const ascii = json.replaceAll(/[\u007f-\uffff]/g, unicodeEscape);
  const html = json.replaceAll(/[<>&]/g, unicodeEscape);
  const entities = part.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
  return [
    json,
    ascii,
    html,
    ascii.replaceAll(/[<>&]/g, unicodeEscape),
    json.replaceAll("/", "\\/"),
    json.replaceAll("\\", "\\\\").replaceAll('"', '\\"'), // JSON inside JSON
    json.replaceAll('\\"', '"').replaceAll("'", "\\'"), // util.inspect
    json.replaceAll('\\"', '"'),
    entities,
    entities.replaceAll("&#39;", "&apos;"),
    entities.replaceAll("&#39;", "&#x27;"),
    part.replaceAll("'", "'\\''"), // sh
    part.replaceAll("'", "''"), // SQL, YAML
  ];
}

const unicodeEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
