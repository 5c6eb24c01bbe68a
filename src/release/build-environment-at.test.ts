import { expect, it } from "vitest";
import { fleetFor } from "../checks/testing.ts";
import type { Channel } from "../fleet/fleet.ts";
import { buildEnvironmentAt } from "./build-environment-at.ts";

it("gives builds and tests nothing that the fleet file names for Sampan alone", () => {
  const told = { on: ["halted"], environments: null } as const;
  const notify: readonly Channel[] = [
    { kind: "slack", url: "HOOK", ...told },
    { kind: "telegram", token: "BOT", chat: "1", api: "https://api.telegram.org", ...told },
  ];
  const ci = { provider: "gitea", api: "https://git.example", repository: "a/b", token: "CHECKS" } as const;
  const processEnv = { HOOK: "h", BOT: "b", CHECKS: "c", DATABASE_URL: "d", PATH: "/bin" };
  const withheld = new Set(["DATABASE_URL"]);
  expect(buildEnvironmentAt({ processEnv, fleet: { ...fleetFor("/r"), ci, notify } }, withheld)).toEqual({
    PATH: "/bin",
    CI: "1",
  });
});
