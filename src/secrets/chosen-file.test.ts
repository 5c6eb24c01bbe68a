import { describe, expect, it } from "vitest";
import type { Fleet } from "../fleet/fleet.ts";
import { parseFleet } from "../fleet/parse-fleet.ts";
import { Refused } from "../problem.ts";
import { chosenFile } from "./chosen-file.ts";

function fleetOf(environments: string): Fleet {
  const text = `fleet: shop\nservices:\n  blog: { path: services/blog, smoke: { none: here } }\n  pay: { path: services/pay, smoke: { none: here } }\nenvironments:\n${environments}`;
  const parsed = parseFleet({ text, file: "/r/sampan.yaml", root: "/r" });
  if ("problems" in parsed) throw new Refused(parsed.problems);
  return parsed.fleet;
}

function choose(fleet: Fleet, wish: Partial<Parameters<typeof chosenFile>[2]> = {}) {
  const { staging } = fleet.environments;
  if (staging === undefined) throw new Error("no staging");
  try {
    return chosenFile(fleet, staging, { service: null, file: null, ...wish }).file;
  } catch (error) {
    return error instanceof Refused ? error.problems.map(({ code }) => code) : error;
  }
}

const BOTH = '  staging: { variables: [env/a.env.age, env/plain.env, "env/{service}.env.age"] }\n';

describe("the encrypted file that is meant", () => {
  it("is the shared one, or a service's own", () => {
    const fleet = fleetOf(BOTH);
    expect(choose(fleet)).toBe("env/a.env.age");
    expect(choose(fleet, { service: "blog" })).toBe("env/blog.env.age");
    expect(choose(fleet, { file: "./env/pay.env.age" })).toBe("env/pay.env.age");
  });

  it("is asked for where it is none or several", () => {
    const fleet = fleetOf(BOTH);
    expect(choose(fleet, { service: "nope" })).toEqual(["unknown-service"]);
    expect(choose(fleet, { file: "env/plain.env" })).toEqual(["no-such-secrets"]);
    const several = fleetOf("  staging: { variables: [env/a.env.age, env/b.env.age] }\n");
    expect(choose(several)).toEqual(["several-secrets"]);
    expect(choose(several, { service: "blog" })).toEqual(["no-such-secrets"]);
    expect(choose(several, { file: "env/b.env.age" })).toBe("env/b.env.age");
    expect(choose(fleetOf("  staging: { variables: [env/plain.env] }\n"))).toEqual(["none-encrypted"]);
  });

  it("has one set of recipients, whichever environments read it", () => {
    const two = (more: string) =>
      fleetOf(
        `  staging: { variables: [env/all.env.age]${more} }\n  production: { listen: 8090, variables: [env/all.env.age]${more} }\n`,
      );
    expect(choose(two(""))).toEqual(["recipients-differ"]);
    expect(choose(two(", recipients: env/recipients.txt"))).toBe("env/all.env.age");
  });
});
