import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { carryOut } from "../../src/release/carry-out.ts";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth"]);
});
afterEach(() => fleet.close());

/** Deployed with one password, then with another; the plan goes back to the first. */
async function onTheWayBack() {
  const at = await fleet.deployer();
  fleet.variables.PASSWORD = { value: "first-hunter2", secret: true };
  fleet.variables.TOKEN = { value: "token-before", secret: true, rotates: true };
  expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
  fleet.variables.PASSWORD = { value: "second-hunter3", secret: true };
  expect(await fleet.deploy(at, "two")).toMatchObject({ status: "verified" });
  fleet.variables.PASSWORD = { value: "first-hunter2", secret: true };
  const plan = await fleet.plan(at, "one");
  fleet.variables.PASSWORD = { value: "second-hunter3", secret: true };
  return { at, plan };
}

describe("going back to a revision whose variables are kept at the target only", () => {
  it("takes what rotates at its current value", async () => {
    const { at, plan } = await onTheWayBack();
    fleet.variables.TOKEN = { value: "token-now", secret: true, rotates: true };
    expect(await carryOut(await fleet.order(at, plan))).toMatchObject({ status: "verified" });
    const [to] = plan.services;
    expect(await fleet.target.reveal("auth", to?.to?.variables ?? "", { signal: at.signal })).toMatchObject({
      PASSWORD: "first-hunter2",
      TOKEN: "token-now",
    });
  });

  it("masks the secrets of both, wherever it quotes what was logged", async () => {
    const { at, plan } = await onTheWayBack();
    fleet.weather(({ verb, when }) => {
      if (verb !== "bring" || when !== "after") return;
      for (const { release, lines } of fleet.world.instances.values())
        if (release === "r3") lines.push('{"level":50,"msg":"first-hunter2 refused, second-hunter3 too"}');
    });
    const said: unknown[] = [];
    const order = await fleet.order(at, plan, { release: "r3", onEvent: (event) => said.push(event) });
    const document = await carryOut(order);
    expect(document.status).toBe("rolled-back");
    const written = JSON.stringify([document, said, fleet.logged, await (await at.store()).journal("r3")]);
    expect(written).toContain("refused");
    expect(written).not.toMatch(/hunter[23]/);
  });
});
