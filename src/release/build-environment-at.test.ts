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
  const store = { kind: "variable", name: "STORE" } as const;
  const processEnv = { STORE: "s", HOOK: "h", BOT: "b", CHECKS: "c", DATABASE_URL: "d", PATH: "/bin" };
  const withheld = new Set(["DATABASE_URL"]);
  expect(buildEnvironmentAt({ processEnv, fleet: { ...fleetFor("/r"), ci, notify, store } }, withheld)).toEqual({
    PATH: "/bin",
    CI: "1",
  });
});

it("gives them the password of PostgreSQL only where it is not the store's", () => {
  const fleet = { ...fleetFor("/r"), store: { kind: "postgres", url: "postgres://sampan@db.example/sampan" } } as const;
  const processEnv = { PGPASSWORD: "p" };
  expect(buildEnvironmentAt({ processEnv, fleet }, new Set())).toEqual({ CI: "1" });
  expect(buildEnvironmentAt({ processEnv, fleet: fleetFor("/r") }, new Set())).toEqual({ CI: "1", PGPASSWORD: "p" });
});
