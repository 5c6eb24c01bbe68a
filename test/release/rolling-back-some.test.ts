import { afterEach, beforeEach, expect, it } from "vitest";
import { problem } from "../../src/problem.ts";
import { carryOut } from "../../src/release/carry-out.ts";
import { resume } from "../../src/release/resume.ts";
import { rollback } from "../../src/release/roll-back.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth", "blog"]);
  const at = await fleet.deployer();
  expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
  expect(await fleet.deploy(at, "two")).toMatchObject({ status: "verified" });
});
afterEach(() => fleet.close());

/** A deployer that cannot read what `auth` is configured with. */
async function withoutAuth(over: Partial<Workplace> = {}): Promise<Workplace> {
  const at = await fleet.deployer();
  return {
    ...at,
    ...over,
    variables: async () => {
      const read = await at.variables();
      return async (environment, service) =>
        service === "auth"
          ? {
              kind: "problems",
              problems: [problem("variables-unreadable", "auth.env cannot be read")],
              found: [],
              declared: [],
            }
          : await read(environment, service);
    },
  };
}

const shared = { environment: () => fleet.environment, onEvent: () => {}, confirmLosses: async () => [] } as const;

const back = (at: Workplace, services: readonly string[] | null) =>
  rollback({
    ...shared,
    at,
    environment: shared.environment(),
    services,
    to: null,
    migrations: false,
    ask: async () => {},
    confirm: async () => true,
    inconclusive: async () => "halt",
  });

it("asks for nothing of the services that stay", async () => {
  const document = await back(await withoutAuth(), ["blog"]);
  expect(document).toMatchObject({ status: "verified", services: [{ name: "blog", status: "verified" }] });
});

it("asks for nothing of the services that stay where all that have changed go back", async () => {
  const at = await fleet.deployer();
  const third = await fleet.order(at, await fleet.plan(at, "three", ["blog"]));
  expect(await carryOut(third)).toMatchObject({ status: "verified" });
  const document = await back(await withoutAuth(), null);
  expect(document).toMatchObject({ status: "verified", services: [{ name: "blog", status: "verified" }] });
});

it("says what cannot be read of those that go back", async () => {
  await expect(back(await withoutAuth(), null)).rejects.toMatchObject({ problems: [{ code: "variables-unreadable" }] });
  await expect(back(await withoutAuth(), ["auth"])).rejects.toMatchObject({ exit: 2 });
});

it("is resumed by asking for no more", async () => {
  const stop = new AbortController();
  fleet.weather(({ verb, when }) => {
    if (verb === "bring" && when === "after") stop.abort(new Error("Ctrl-C"));
  });
  expect(await back(await withoutAuth({ signal: stop.signal }), ["blog"])).toMatchObject({ status: "interrupted" });
  fleet.weather(() => {});
  expect(
    await resume({
      ...shared,
      at: await withoutAuth(),
      environment: shared.environment(),
      back: false,
      inconclusive: async () => "halt",
    }),
  ).toMatchObject({ status: "verified" });
});
