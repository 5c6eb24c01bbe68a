import { describe, expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import type { Observed, VerifiedMark } from "../plan/observed.ts";
import { Refused } from "../problem.ts";
import { expectPromotable, notPromotable } from "./promotable.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const mark = (letter: string): VerifiedMark => ({
  service: "blog",
  revision: { artifact: digest(letter), commit: letter.repeat(40), variables: "" },
  release: letter,
  restores: null,
  at: 0,
  migration: null,
  held: [],
  spec: {} as VerifiedMark["spec"],
  source: "/x",
});
const staging = (...letters: readonly string[]): Observed => ({
  environment: "staging",
  services: { blog: { instances: [], route: null, migrations: [], marks: letters.map(mark) } },
});
const made = (letter: string, isThere = true) => ({
  blog: {
    service: "blog",
    hash: { artifact: digest(letter), tree: "", folders: [] },
    artifact: digest(letter),
    found: isThere
      ? {
          service: "blog",
          artifact: digest(letter),
          commit: "",
          source: "",
          version: "",
          start: [],
          built: false,
          seconds: 0,
        }
      : null,
  },
});
const codes = (before: Observed | null, artifacts: ReturnType<typeof made>, changing = ["blog"]) =>
  notPromotable({ before, artifacts, changing }).map(({ code }) => code);

describe("what is promoted", () => {
  it("is what was verified last, and is there", () => {
    expect(codes(staging("b", "a"), made("b"))).toEqual([]);
    expect(codes(staging("b", "a"), made("b", false))).toEqual(["artifact-gone"]);
  });

  it("is nothing older, though it was verified once", () => {
    const [found] = notPromotable({ before: staging("b", "a"), artifacts: made("a"), changing: ["blog"] });
    expect(found).toMatchObject({
      code: "older-than-verified",
      message: "blog: this commit's is older than what staging has verified last (bbbbbbb)",
    });
  });

  it("is nothing that was never verified, nor of a service that was not", () => {
    expect(codes(staging("b", "a"), made("c"))).toEqual(["not-verified-before"]);
    expect(codes(staging(), made("c"))).toEqual(["not-verified-before"]);
    expect(codes({ environment: "staging", services: {} }, made("c"))).toEqual(["not-verified-before"]);
  });

  it("is not asked of what stays", () => {
    expect(codes(staging(), made("c"), [])).toEqual([]);
  });
});

describe("two environments", () => {
  const { staging: from, production: to } = fleetFor("/r", { production: { after: "staging" } }).environments;
  const refused = (...pair: readonly (typeof from)[]): string => {
    const [one, other] = pair;
    if (one === undefined || other === undefined) throw new Error("no environments");
    try {
      expectPromotable(one, other);
    } catch (error) {
      return error instanceof Refused ? (error.problems[0]?.code ?? "") : String(error);
    }
    return "";
  };

  it("are promoted between along `after`, and never to itself", () => {
    expect(refused(from, to)).toBe("");
    expect(refused(from, from)).toBe("same-environment");
    expect(refused(from, to && { ...to, after: "preview" })).toBe("not-after");
    expect(
      refused(
        from,
        to && {
          ...to,
          target: { kind: "compose", hosts: [], files: [], project: null, profiles: [], router: { kind: "builtin" } },
        },
      ),
    ).toBe("after-other-kind");
  });
});
