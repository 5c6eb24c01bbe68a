import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import { problem, Refused } from "../problem.ts";
import { type AgeIdentities, readAgeIdentities } from "./age.ts";
import { readVariables } from "./read-variables.ts";
import { variableValues } from "./variable.ts";

const NO_KEYS: AgeIdentities = { keys: [], passphrases: [], from: "nowhere" };
const signal = new AbortController().signal;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sampan-variables-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

async function read(
  options: Readonly<{
    service?: string;
    processEnv?: Record<string, string>;
    ageIdentities?: AgeIdentities;
    files?: readonly string[];
  }> = {},
) {
  const result = await readVariables({
    fleet: fleetFor(root, { variables: options.files ?? ["env/staging.env", "env/staging/{service}.env"] }),
    environment: "staging",
    service: options.service ?? "blog",
    processEnv: options.processEnv ?? {},
    ageIdentities: options.ageIdentities ?? NO_KEYS,
    signal,
  });
  if (result.kind === "problems") return { problems: result.problems, variables: [], values: {}, left: [], hints: [] };
  const { variables, left, hints } = result.variables;
  return { problems: [], variables, left, hints, values: { ...variableValues(variables) } };
}

describe("readVariables", () => {
  it("says of a compose file that cannot be read what others would be refused for", async () => {
    await write({ "env/staging.env": "TOKEN=hush\n" });
    const result = await readVariables({
      fleet: fleetFor(root, { variables: ["env/staging.env"] }),
      environment: "staging",
      service: "blog",
      processEnv: {},
      ageIdentities: NO_KEYS,
      composed: async () => {
        throw new Refused([problem("compose-refused", "env/staging.env is not there")]);
      },
      signal,
    });
    expect(result).toMatchObject({ kind: "problems", problems: [{ code: "compose-refused" }] });
    // What its files hold is secret all the same: an image is searched for it.
    expect(result).toMatchObject({ found: [{ name: "TOKEN", value: "hush", secret: true }] });
  });

  it("takes the files in order, later wins, then the process", async () => {
    await write({
      "services/blog/.env.example": "A=\nB=\nC=\nD=\n",
      "env/staging.env": "A=shared\nB=shared\nC=shared\nD=shared",
      "env/staging/blog.env": "B=own\nC=own\nD=own",
    });
    const { values, variables } = await read({
      processEnv: {
        SAMPAN_STAGING__C: "every",
        SAMPAN_STAGING__D: "every",
        SAMPAN_STAGING__BLOG__D: "one",
        D: "shell",
      },
    });
    expect(values).toEqual({ A: "shared", B: "own", C: "every", D: "one" });
    expect(variables.map((variable) => variable.source)).toEqual([
      { kind: "file", file: "env/staging.env", line: 1 },
      { kind: "file", file: "env/staging/blog.env", line: 1 },
      { kind: "process", name: "SAMPAN_STAGING__C" },
      { kind: "process", name: "SAMPAN_STAGING__BLOG__D" },
    ]);
  });

  it("lets nothing of the caller's own environment slip in", async () => {
    await write({ "services/blog/.env.example": "PGHOST=\nPATH=\nHOME=\nDATABASE_URL=\n", "env/staging.env": "" });
    const { values } = await read({
      processEnv: { PGHOST: "db", PATH: "/bin", HOME: "/root", DATABASE_URL: "x", SAMPAN_STAGING__OTHER: "y" },
    });
    expect(values).toEqual({});
  });

  it("does not hand a service what another one needs of a shared file", async () => {
    await write({
      "services/blog/.env.example": "A=",
      "env/staging.env": "A=1\nPOINTS_SECRET=2",
      "env/staging/blog.env": "EXTRA=3",
    });
    const { values, hints, left } = await read();
    expect(values).toEqual({ A: "1", EXTRA: "3" });
    expect(left).toEqual([{ name: "POINTS_SECRET", file: "env/staging.env", line: 2 }]);
    expect(hints.map((hint) => [hint.file, hint.line, hint.message])).toEqual([
      ["env/staging/blog.env", 1, "EXTRA is set for blog at env/staging/blog.env:1 but is not in its .env.example"],
    ]);
  });

  it("gives a service without .env.example all of a shared file", async () => {
    await write({ "env/staging.env": "A=1" });
    expect((await read()).values).toEqual({ A: "1" });
  });

  it("hints at a misspelt name in the process's environment", async () => {
    await write({ "services/blog/.env.example": "A=", "env/staging.env": "A=1" });
    const { hints } = await read({ processEnv: { SAMPAN_STAGING__BLOG__AA: "1" } });
    expect(hints.map((hint) => hint.message)).toEqual([
      "SAMPAN_STAGING__BLOG__AA is set in the process's environment, but blog declares no such variable",
    ]);
  });

  it("knows secrets by comment, by name and by value", async () => {
    await write({
      "services/blog/.env.example": [
        "A= # secret",
        "# secret, rotates",
        "B=",
        "API_TOKEN=",
        "DATABASE_URL=",
        "# optional; a colour",
        "COLOR=",
        "# The signing keys: secret, rotates",
        "D=",
        "# a page that says what a secret is",
        "PAGE=",
      ].join("\n"),
      "env/staging.env":
        "A=1\nB=2\nAPI_TOKEN=3\nDATABASE_URL=postgres://a:b@c/d\nCOLOR=\nD=5\nPAGE=https://x.example/a",
    });
    const { variables } = await read();
    const flags = variables.map(({ name, secret, rotates, optional }) =>
      [name, secret && "secret", rotates && "rotates", optional && "optional"].filter(Boolean).join(" "),
    );
    expect(flags).toEqual([
      "A secret",
      "API_TOKEN secret",
      "B secret rotates",
      "COLOR optional",
      "D secret rotates",
      "DATABASE_URL secret",
      "PAGE",
    ]);
  });

  it("keeps values byte for byte and runs nothing", async () => {
    const hostile = "$(touch /tmp/x) `id` ${A} $A \"'\\ \n--flag\n\r\t é😀";
    await write({
      "services/blog/.env.example": "A=\nB=\nC=",
      "env/staging.env": `A=\`${hostile.replaceAll("`", "")}\`\nB='$(id)'`,
    });
    const { values } = await read({ processEnv: { SAMPAN_STAGING__C: hostile } });
    expect(values).toEqual({ A: hostile.replaceAll("`", ""), B: "$(id)", C: hostile });
  });

  it("reports every problem of every file at once", async () => {
    await write({
      "services/blog/.env.example": "A=\nbroken",
      "env/staging/blog.env": "A=1\nA=2\nB='",
      "env/latin.env": new Uint8Array([65, 61, 0xe9]),
    });
    await mkdir(join(root, "env/folder.env"));
    const { problems } = await read({
      files: [
        "env/none.env",
        "env/latin.env",
        "env/folder.env",
        "env/staging/{service}.env",
        "env/absent/{service}.env",
      ],
    });
    expect(problems.map(({ code, file, line }) => [code, file, line])).toEqual([
      ["malformed-line", "services/blog/.env.example", 2],
      ["missing-file", "env/none.env", null],
      ["not-utf8", "env/latin.env", null],
      ["unreadable-file", "env/folder.env", null],
      ["duplicate-variable", "env/staging/blog.env", 2],
      ["unterminated-quote", "env/staging/blog.env", 3],
    ]);
  });

  it("keeps a variable called like a property of every object", async () => {
    await write({
      "services/blog/.env.example": "constructor=\ntoString=",
      "env/staging.env": "constructor=1\ntoString=2",
    });
    expect((await read()).values).toEqual({ constructor: "1", toString: "2" });
  });
});

describe("age files", () => {
  const encrypt = async (text: string, to: Readonly<{ recipient: string } | { passphrase: string }>) => {
    const encrypter = new Encrypter();
    if ("recipient" in to) encrypter.addRecipient(to.recipient);
    else {
      encrypter.setScryptWorkFactor(4);
      encrypter.setPassphrase(to.passphrase);
    }
    return encrypter.encrypt(text);
  };
  const files = ["env/staging.env.age"];

  it("opens them with a key or a passphrase, armored or not, and calls all they hold secret", async () => {
    const key = await generateX25519Identity();
    const bytes = await encrypt("COLOR='blue\n$(x)'", { recipient: await identityToRecipient(key) });
    await write({
      "services/blog/.env.example": "COLOR=",
      "env/staging.env.age": bytes,
      "key.txt": `# mine\n${key}\n`,
    });
    const byKey = await readAgeIdentities({ processEnv: { SAMPAN_AGE_KEY: key }, home: root });
    const byFile = await readAgeIdentities({ processEnv: { SAMPAN_AGE_KEY_FILE: join(root, "key.txt") }, home: root });
    for (const { identities, problems } of [byKey, byFile]) {
      expect(problems).toEqual([]);
      const { variables } = await read({ files, ageIdentities: identities });
      expect(variables).toMatchObject([{ name: "COLOR", value: "blue\n$(x)", secret: true }]);
    }
    await write({ "env/staging.env.age": armor.encode(bytes) });
    expect((await read({ files, ageIdentities: byKey.identities })).values).toEqual({ COLOR: "blue\n$(x)" });

    await write({ "env/staging.env.age": await encrypt("COLOR=red", { passphrase: "open sesame" }) });
    const { identities } = await readAgeIdentities({
      processEnv: { SAMPAN_AGE_PASSPHRASE: "open sesame" },
      home: root,
    });
    expect((await read({ files, ageIdentities: identities })).values).toEqual({ COLOR: "red" });
  });

  it("finds the key of the user's configuration", async () => {
    const key = await generateX25519Identity();
    await write({ ".config/sampan/age.txt": key });
    expect((await readAgeIdentities({ processEnv: {}, home: root })).identities.keys).toEqual([key]);
    expect((await readAgeIdentities({ processEnv: {}, home: join(root, "nobody") })).problems).toEqual([]);
  });

  it("names the file that no key opens, and neither key nor content", async () => {
    const other = await identityToRecipient(await generateX25519Identity());
    await write({
      "services/blog/.env.example": "A=",
      "env/staging.env.age": await encrypt("A=content", { recipient: other }),
    });
    const key = await generateX25519Identity();
    const wrong = await read({ files, ageIdentities: { keys: [key], passphrases: [], from: "SAMPAN_AGE_KEY" } });
    expect(wrong.problems).toMatchObject([{ code: "undecryptable-file", file: "env/staging.env.age" }]);
    expect(JSON.stringify(wrong.problems)).not.toContain(key);
    // A letter wrong, and the library's own word would quote it.
    const misspelt = await read({
      files,
      ageIdentities: { keys: [`${key}X`], passphrases: [], from: "SAMPAN_AGE_KEY" },
    });
    expect(misspelt.problems).toMatchObject([{ code: "undecryptable-file" }]);
    expect(JSON.stringify(misspelt.problems)).not.toContain(key);
    expect((await read({ files })).problems[0]?.message).toBe(
      "env/staging.env.age is encrypted and there is no age key to open it",
    );
    await write({ "env/staging.env.age": "A=not encrypted" });
    expect((await read({ files, ageIdentities: { keys: [key], passphrases: [], from: "k" } })).problems).toHaveLength(
      1,
    );
  });

  it("refuses a key that is none, without printing it", async () => {
    const { problems } = await readAgeIdentities({ processEnv: { SAMPAN_AGE_KEY: "hunter2" }, home: root });
    expect(problems.map((problem) => problem.code)).toEqual(["bad-age-key"]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
    const missing = await readAgeIdentities({ processEnv: { SAMPAN_AGE_KEY_FILE: join(root, "no") }, home: root });
    expect(missing.problems.map((problem) => problem.code)).toEqual(["unreadable-age-key"]);
  });
});
