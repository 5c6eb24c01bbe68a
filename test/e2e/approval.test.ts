import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import { released } from "../tiny/released.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
const run = (...args: string[]) => sampan(args, { cwd: fleet.root, env: fleet.env });
const deploy = () => released(fleet, ["deploy", "staging"]);

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "auth" }], {
    environment: "    approval: { checklist: checklists/staging.yaml, confirmations: 1 }\n",
  });
  fleet.write(
    "checklists/staging.yaml",
    "items:\n  - { id: backup, text: A backup was taken today, evidence: link }\n  - { id: told, text: { en: The others know, ru: Остальные знают }, by: [ann] }\n",
  );
  fleet.commit("one", { auth: { version: "1" } });
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

const waits = (document: ReleaseDocument): readonly string[] =>
  document.problems.map(({ message }) => message.split(":")[0] ?? "");

describe("a release that has to be approved", { timeout: 60_000 }, () => {
  let release = "";

  it("waits, changes nothing, and says what is missing and how to confirm it", async () => {
    const { code, document } = await deploy();
    expect({ code, status: document.status, waits: waits(document) }).toEqual({
      code: 3,
      status: "awaiting-approval",
      waits: ["backup", "told"],
    });
    release = document.release ?? "";
    expect(document.problems[0]?.hint).toContain(`sampan approve ${release} --item backup`);
    expect((await run("status", "staging")).stdout).toContain("nothing verified yet");
  });

  it("is the same release when it is asked for again", async () => {
    expect((await deploy()).document.release).toBe(release);
  });

  it("takes no confirmation without its evidence, from the wrong person, or of another item", async () => {
    expect((await run("approve", release, "--item", "backup", "--by", "bob")).code).toBe(2);
    expect((await run("approve", release, "--item", "backup", "--by", "bob", "--evidence", "trust me")).code).toBe(2);
    expect((await run("approve", release, "--item", "told", "--by", "bob")).code).toBe(2);
    expect((await run("approve", release, "--item", "nothing", "--by", "bob")).code).toBe(2);
    expect((await run("approve", release)).code).toBe(2);
    expect(waits((await deploy()).document)).toEqual(["backup", "told"]);
  });

  it("asks again when the plan is another one", async () => {
    expect(
      (await run("approve", release, "--item", "backup", "--by", "bob", "--evidence", "https://backups.example/7"))
        .code,
    ).toBe(0);
    expect(waits((await deploy()).document)).toEqual(["told"]);
    fleet.commit("two", { auth: { version: "2" } });
    const { document } = await deploy();
    expect(document.release).not.toBe(release);
    expect(waits(document)).toEqual(["backup", "told"]);
    release = document.release ?? "";
  });

  it("goes out once every item is confirmed for exactly this plan", async () => {
    for (const [item, by, ...evidence] of [
      ["backup", "bob", "--evidence", "https://backups.example/8"],
      ["told", "ann"],
    ] as const) {
      expect((await run("approve", release, "--item", item, "--by", by, ...evidence)).code).toBe(0);
    }
    const { code, document } = await deploy();
    expect({ code, status: document.status, release: document.release }).toEqual({
      code: 0,
      status: "verified",
      release,
    });
    expect((await run("approve", release, "--item", "told", "--by", "ann")).code).toBe(3);
  });

  it("asks again before a release that was thrown back is tried once more", async () => {
    fleet.commit("bad", { auth: { version: "3", work: 500 } });
    const { document } = await deploy();
    const approve = async (): Promise<void> => {
      for (const [item, by, ...evidence] of [
        ["backup", "bob", "--evidence", "https://backups.example/8"],
        ["told", "ann"],
      ] as const) {
        expect((await run("approve", waiting, "--item", item, "--by", by, ...evidence)).code).toBe(0);
      }
    };
    let waiting = document.release ?? "";
    await approve();
    expect((await deploy()).code).toBe(4);
    const again = await deploy();
    expect({ code: again.code, waits: waits(again.document) }).toEqual({ code: 3, waits: ["backup", "told"] });
    expect(again.document.problems[1]?.message).toContain("for a release that has ended since");
    waiting = again.document.release ?? "";
    await approve();
    expect((await deploy()).code).toBe(4);
    fleet.git("revert", "--no-edit", "HEAD");
  });

  it("does not keep a rollback waiting", async () => {
    fleet.write("env/staging.env", "MOTTO=other\n");
    const { document } = await deploy();
    for (const [item, by, ...evidence] of [
      ["backup", "bob", "--evidence", "https://backups.example/9"],
      ["told", "ann"],
    ] as const) {
      await run("approve", document.release ?? "", "--item", item, "--by", by, ...evidence);
    }
    expect((await deploy()).code).toBe(0);
    expect((await run("rollback", "staging")).code).toBe(0);
  });
});
