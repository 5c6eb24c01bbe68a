import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

type Person = Readonly<{ key: string; recipient: string }>;
const person = async (): Promise<Person> => {
  const key = await generateX25519Identity();
  return { key, recipient: await identityToRecipient(key) };
};

const FILE = "env/staging.env.age";
const RECIPIENTS = "env/staging.recipients.txt";
const SECRET = "kanarie-9b1f0c";

let fleet: TinyFleet;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  [ann, bob] = await Promise.all([person(), person()]);
  fleet = await tinyFleet([{ name: "auth" }]);
  fleet.write("sampan.yaml", fleet.read("sampan.yaml").replace("[env/staging.env]", `[env/staging.env, ${FILE}]`));
  fleet.write("services/auth/.env.example", "MOTTO=\nAPI_TOKEN=\n");
  // Encrypted files are committed; the others are not.
  fleet.write(".gitignore", "env/*.env\n");
}, 60_000);
afterAll(() => sinkFleet(fleet));

const env = (who: Person, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...fleet.env,
  SAMPAN_AGE_KEY: who.key,
  VISUAL: "",
  EDITOR: "",
  XDG_RUNTIME_DIR: "",
  ...more,
});
const secrets = (who: Person, args: readonly string[], input?: string) =>
  sampan(["secrets", ...args], { cwd: fleet.root, env: env(who), ...(input === undefined ? {} : { input }) });
const edit = (who: Person, input: string) => secrets(who, ["edit", "staging", "--stdin", "--json"], input);
const bytes = () => readFileSync(join(fleet.root, FILE));

async function plain(who: Person): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(who.key);
  const { armor } = await import("age-encryption");
  return decrypter.decrypt(armor.decode(bytes().toString("utf8")), "text");
}

beforeEach(async () => {
  for (const file of [FILE, RECIPIENTS]) fleet.remove(file);
  await secrets(ann, ["recipients", "staging", "--add", ann.recipient, "--name", "ann"]);
  await edit(ann, `API_TOKEN=${SECRET}\n`);
});

describe("an encrypted variables file", { timeout: 60_000 }, () => {
  it("is made, changed and left alone, and shows names alone", async () => {
    fleet.remove(FILE);
    const made = await edit(ann, `API_TOKEN=${SECRET}\nOLD=1\n`);
    expect(made.json()).toMatchObject({ file: FILE, result: "created", recipients: 1, mine: true });
    expect(await plain(ann)).toBe(`API_TOKEN=${SECRET}\nOLD=1\n`);
    expect(statSync(join(fleet.root, FILE)).mode & 0o777).toBe(0o644 & ~process.umask());
    const before = bytes();
    expect((await edit(ann, `API_TOKEN=${SECRET}\nOLD=1\n`)).json()).toMatchObject({ result: "unchanged" });
    expect(bytes()).toEqual(before);
    const changed = await edit(ann, `API_TOKEN=${SECRET}2\nNEW=1\n`);
    expect(changed.json()).toMatchObject({
      result: "changed",
      added: ["NEW"],
      changed: ["API_TOKEN"],
      removed: ["OLD"],
    });
    for (const { stdout, stderr } of [made, changed]) expect(stdout + stderr).not.toContain(SECRET);
  });

  it("is not touched where the text is no dotenv, nobody may read it, or it cannot be opened", async () => {
    const before = bytes();
    const wrong = await edit(ann, `API_TOKEN=${SECRET}\nnonsense\n`);
    expect(wrong.code).toBe(2);
    expect(wrong.json()).toMatchObject({ problems: [{ code: "malformed-line", file: FILE, line: 2 }] });
    const closed = await edit(bob, "API_TOKEN=mine\n");
    expect(closed.code).toBe(2);
    expect(closed.json()).toMatchObject({ problems: [{ code: "undecryptable-file" }] });
    fleet.remove(RECIPIENTS);
    const nobody = await edit(ann, "API_TOKEN=mine\n");
    expect(nobody.code).toBe(2);
    expect(nobody.json()).toMatchObject({ problems: [{ code: "no-recipients" }] });
    expect(bytes()).toEqual(before);
    expect((await secrets(ann, ["edit", "staging"])).code).toBe(2);
  });

  it("is encrypted to those who are named, from the next rotation on", async () => {
    await secrets(ann, ["recipients", "staging", "--add", bob.recipient, "--name", "bob"]);
    await expect(plain(bob)).rejects.toThrow();
    expect((await secrets(ann, ["rotate", "staging"])).code).toBe(0);
    expect(await plain(bob)).toBe(await plain(ann));
    fleet.commit("both", {});
    const removed = await secrets(bob, ["recipients", "staging", "--remove", "ann", "--json"]);
    expect(removed.json()).toMatchObject({ removed: [{ name: "ann" }], rotate: true });
    const rotated = await secrets(bob, ["rotate", "staging"]);
    expect(rotated.stdout).toMatch(/^ann was removed and still knows .*change each at its source\n {2}API_TOKEN$/m);
    await expect(plain(ann)).rejects.toThrow();
    expect(await plain(bob)).toBe(`API_TOKEN=${SECRET}\n`);
    fleet.commit("bob alone", {});
    const again = await secrets(bob, ["rotate", "staging", "--json"]);
    expect(again.json()).toMatchObject({ files: [{ file: FILE, variables: ["API_TOKEN"], removed: [] }] });
    const last = await secrets(bob, ["recipients", "staging", "--remove", bob.recipient, "--json"]);
    expect(last.code).toBe(2);
    expect(last.json()).toMatchObject({ problems: [{ code: "no-recipients" }] });
  });

  it("deploys nothing by being encrypted anew", async () => {
    fleet.commit("one", { auth: { version: "1" } });
    const run = (...args: string[]) => sampan(args, { cwd: fleet.root, env: env(ann) });
    const deployed = await run("deploy", "staging", "--json");
    expect(deployed.code, deployed.stdout).toBe(0);
    const before = bytes();
    await secrets(ann, ["recipients", "staging", "--add", bob.recipient]);
    await secrets(ann, ["rotate", "staging"]);
    expect(bytes()).not.toEqual(before);
    fleet.commit("encrypted anew", {});
    expect((await run("plan", "staging", "--json")).json()).toMatchObject({
      steps: [],
      services: [{ name: "auth", change: "none" }],
    });
    await edit(ann, "API_TOKEN=another\n");
    expect((await run("plan", "staging", "--json")).json()).toMatchObject({
      services: [{ name: "auth", change: "update" }],
    });
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)(
    "leaves no plain file where %s ends it",
    async (signal) => {
      const editor = join(fleet.home, "slow-editor");
      const seen = join(fleet.home, `seen-${signal}`);
      mkdirSync(fleet.home, { recursive: true });
      writeFileSync(
        editor,
        `#!/bin/sh\nprintf '%s\\n%s' "$1" $$ > ${seen}.new; mv ${seen}.new ${seen}\nexec sleep 30\n`,
      );
      chmodSync(editor, 0o755);
      const before = bytes();
      const running = startSampan(["secrets", "edit", "staging"], {
        cwd: fleet.root,
        env: env(ann, { EDITOR: editor }),
      });
      while (!existsSync(seen)) await new Promise((resolve) => setTimeout(resolve, 20));
      const [path = "", pid] = readFileSync(seen, "utf8").split("\n");
      expect(readFileSync(path, "utf8")).toContain(SECRET);
      running.child.kill(signal);
      // An editor that is left alone holds our output open.
      if (signal === "SIGKILL") running.child.once("exit", () => process.kill(Number(pid)));
      const ended = await running.ended;
      if (signal !== "SIGKILL") {
        expect(ended.code).toBe(130);
        expect(existsSync(path)).toBe(false);
      }
      // Nobody of it is left to remove the file: one who heard of its end does.
      while (existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(left(running.child.pid)).toEqual([]);
      expect(bytes()).toEqual(before);
    },
  );
});

/** Folders of that process among the temporary ones. */
const left = (pid = 0): readonly string[] =>
  ["/dev/shm", tmpdir()].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`sampan-secrets-${pid}-`)) : [],
  );
