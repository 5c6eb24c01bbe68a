import { describe, expect, it } from "vitest";
import type { News } from "../notify/news.ts";
import type { ReleaseDocument } from "./outcome.ts";
import { type Told, tellOf, tellWaiting } from "./tell.ts";

const document = (status: ReleaseDocument["status"]): ReleaseDocument => ({
  formatVersion: 1,
  release: "r1",
  environment: "staging",
  status,
  seconds: 3,
  services: [],
  approval: [],
  problems: [{ code: "x", file: null, line: null, column: null, message: "it broke", hint: null }],
});

function telling(notify: Told["at"]["notify"], evidence: Told["evidence"] = {}): Told {
  const at = { notify, by: "ann", ci: null } as unknown as Told["at"];
  const plan = {
    fleet: "shop",
    environment: "staging",
    services: [
      { name: "a", change: "none" },
      { name: "b", change: "new" },
    ],
  };
  return { at, plan: plan as unknown as Told["plan"], release: "r1", kind: "deploy", commit: null, evidence };
}

async function heard(status: ReleaseDocument["status"], evidence: Told["evidence"] = {}): Promise<readonly News[]> {
  const said: News[] = [];
  const told = telling(async (news) => void said.push(news), evidence);
  expect(
    await tellOf(told, async (begun) => {
      begun();
      return document(status);
    }),
  ).toEqual(document(status));
  return said;
}

describe("a release's news", () => {
  it.each([
    ["verified", ["started", "verified"]],
    ["rolled-back", ["started", "thrown-back"]],
    ["halted", ["started", "halted"]],
    ["interrupted", ["started"]],
    ["superseded", ["started"]],
    ["refused", ["started"]],
  ] as const)("of one that ends %s", async (status, kinds) => {
    expect((await heard(status)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it("say what it changes, why it failed, and that the glass was broken", async () => {
    expect((await heard("rolled-back", { breakGlass: "payments are down" }))[1]).toMatchObject({
      services: ["b"],
      seconds: 3,
      why: ["broke the glass: payments are down", "it broke"],
    });
  });

  it("hold up nothing: the work goes on while its beginning is told", async () => {
    let hear = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      hear = resolve;
    });
    let worked = false;
    const ending = tellOf(
      telling(({ kind }) => (kind === "started" ? first : Promise.resolve())),
      async (begun) => {
        begun();
        worked = true;
        return document("verified");
      },
    );
    await Promise.resolve();
    expect(worked).toBe(true);
    hear();
    await ending;
  });

  it("say what it waits for", async () => {
    const said: News[] = [];
    await tellWaiting(
      telling(async (news) => void said.push(news)),
      ["told: Everybody knows: nobody has confirmed it"],
    );
    expect(said).toMatchObject([{ kind: "waiting", why: ["told: Everybody knows: nobody has confirmed it"] }]);
  });
});
