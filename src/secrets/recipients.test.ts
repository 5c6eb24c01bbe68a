import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";
import { recipientsBeside } from "../fleet/recipients-beside.ts";
import { parseRecipients, withoutRecipient, withRecipient } from "./recipients.ts";
import { isRecipient } from "./seal.ts";

const key = async () => identityToRecipient(await generateX25519Identity());
const [ann, bob, eva] = await Promise.all([key(), key(), key()]);
const parse = (text: string) => parseRecipients({ file: "env/staging.recipients.txt", text });
const of = (text: string) => parse(text).recipients.map(({ key: one, name }) => ({ key: one, name }));

describe("a file of recipients", () => {
  it("is what age -R reads, with the comment above a key for whose it is", () => {
    const text = `# Who may read\n\n# ann\n${ann}\r\n## bob, on call\n  ${bob}\n${eva}\n`;
    expect(parse(text).problems).toEqual([]);
    expect(of(text)).toEqual([
      { key: ann, name: "ann" },
      { key: bob, name: "bob, on call" },
      { key: eva, name: null },
    ]);
  });

  it("quotes no line that it refuses, and says where it stands", () => {
    const { recipients, problems } = parse(
      `${ann}\nAGE-SECRET-KEY-1QQQQ\nssh-ed25519 AAAA ann@laptop\n${ann}\nhunter2\n`,
    );
    expect(recipients).toHaveLength(1);
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ["secret-key-shown", 2],
      ["ssh-recipient", 3],
      ["duplicate-recipient", 4],
      ["bad-recipient", 5],
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/QQQQ|AAAA|hunter2/);
  });

  it("takes somebody in and out again, and leaves every other line as it is", () => {
    const before = `# Who may read\n\n# ann\n${ann}\n`;
    const after = withRecipient(before, { key: bob, name: "bob" });
    expect(of(after)).toEqual([
      { key: ann, name: "ann" },
      { key: bob, name: "bob" },
    ]);
    const found = parse(after).recipients.find(({ name }) => name === "bob");
    expect(found && withoutRecipient(after, found)).toBe(before);
    expect(of(withRecipient(`# ann\n${ann}`, { key: eva, name: null }))).toEqual([
      { key: ann, name: "ann" },
      { key: eva, name: null },
    ]);
  });

  it("holds keys with a right check sum only", async () => {
    expect(await isRecipient(ann)).toBe(true);
    const wrong = `${ann.slice(0, -1)}${ann.endsWith("q") ? "p" : "q"}`;
    expect(parse(wrong).problems).toEqual([]);
    expect(await isRecipient(wrong)).toBe(false);
  });
});

it.each([
  [["env/staging.env"], null],
  [["env/staging.env", "env/secret/staging.env.age"], "env/secret/staging.recipients.txt"],
  [["env/staging/{service}.env.age"], "env/staging/staging.recipients.txt"],
  [["services/{service}/env/staging.env.age"], "services/staging.recipients.txt"],
  [["staging.env.age"], "staging.recipients.txt"],
])("lies beside the first encrypted file of %j", (variables, file) => {
  expect(recipientsBeside(variables, "staging")).toBe(file);
});
