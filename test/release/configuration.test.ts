import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Environment, Fleet } from "../../src/fleet/fleet.ts";
import { readConfiguration } from "../../src/release/configuration.ts";
import { rollback } from "../../src/release/roll-back.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth"]);
});
afterEach(() => fleet.close());

/** What the verified revision of `auth` is started with. */
async function verifiedMotto(at: Workplace): Promise<string | undefined> {
  const observed = await fleet.target.observe({ signal: at.signal });
  const revision = observed.services.auth?.marks[0]?.revision;
  const values = await fleet.target.reveal("auth", revision?.variables ?? "", { signal: at.signal });
  return values?.MOTTO;
}

describe("a change of a variable alone", () => {
  it("is a release with a plan, gates and a way back", async () => {
    const at = await fleet.deployer();
    expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
    expect((await fleet.plan(at, "one")).steps).toEqual([]);
    fleet.variables.MOTTO = { value: "second" };
    const plan = await fleet.plan(at, "one");
    const [service] = plan.services;
    expect(service?.change).toBe("update");
    expect(service?.from?.artifact).toBe(service?.to?.artifact);
    expect(service?.from?.variables).not.toBe(service?.to?.variables);
    const kinds = plan.steps.map(({ action }) => (action.kind === "gate" ? action.gate.kind : action.kind));
    expect(kinds).toEqual(expect.arrayContaining(["bring", "up", "logs", "retire", "mark"]));
    const document = await fleet.deploy(at, "one");
    expect(document).toMatchObject({ status: "verified", services: [{ gates: [{ kind: "up" }, { kind: "logs" }] }] });
    expect(await verifiedMotto(at)).toBe("second");
    const back = await rollback({
      at,
      environment: fleet.environment,
      services: null,
      to: null,
      migrations: false,
      ask: async () => {},
      confirm: async () => true,
      confirmLosses: async () => [],
      onEvent: () => {},
      inconclusive: async () => "halt",
    });
    expect(back).toMatchObject({ status: "verified" });
    expect(await verifiedMotto(at)).toBe("first");
  });

  it("goes back by itself where a gate fails, to the value that was verified", async () => {
    const at = await fleet.deployer();
    expect(await fleet.deploy(at, "one")).toMatchObject({ status: "verified" });
    fleet.variables.MOTTO = { value: "second" };
    fleet.weather(({ verb, when }) => {
      if (verb !== "bring" || when !== "after") return;
      for (const { release, lines } of fleet.world.instances.values())
        if (release === "r2") lines.push('{"level":50,"msg":"no such motto"}');
    });
    expect(await fleet.deploy(at, "one", { release: "r2" })).toMatchObject({ status: "rolled-back" });
    expect(await verifiedMotto(at)).toBe("first");
  });
});

describe("a database of migrations that another environment has, too", () => {
  const URL = "postgres://owner@db.internal/auth";

  /** Staging and production, both with this address; auth has migrations. */
  async function sharing(
    over: Readonly<{ production?: Partial<Environment>; url?: string; resolve?: Workplace["resolve"] }> = {},
  ) {
    const at = await fleet.deployer();
    const auth = at.fleet.services.auth;
    if (auth === undefined) throw new Error("no auth");
    const migrations = {
      command: null,
      dir: "migrations",
      format: null,
      url: "DATABASE_URL",
      seed: null,
      checks: [],
      queries: null,
      codeFirst: false,
      variables: {},
    };
    const both: Fleet = {
      ...at.fleet,
      services: { auth: { ...auth, migrations } },
      environments: {
        staging: fleet.environment,
        production: { ...fleet.environment, name: "production", ...over.production },
      },
    };
    const place: Workplace = {
      ...at,
      fleet: both,
      resolve: over.resolve ?? at.resolve,
      variables: async () => async (environment, service) => ({
        kind: "variables",
        variables: {
          environment,
          service,
          declared: [],
          left: [],
          hints: [],
          variables: [
            {
              name: "DATABASE_URL",
              value: environment === "staging" ? URL : (over.url ?? URL),
              ...{ secret: true, rotates: false, optional: false },
              source: { kind: "file", file: `env/${environment}.env`, line: 1 },
              reference: null,
            },
          ],
        },
      }),
    };
    return readConfiguration(place, "staging", ["auth"]);
  }

  it("is not connected to, whatever the verb", async () => {
    await expect(sharing()).rejects.toMatchObject({
      exit: 3,
      problems: [
        { code: "shared-place", file: "env/staging.env", line: 1, message: expect.stringContaining("production") },
      ],
    });
    const resolve: Workplace["resolve"] = async (host) => ({
      names: [],
      addresses: [host === "db.internal" ? "10.0.0.7" : host],
    });
    await expect(sharing({ url: "postgres://x@10.0.0.7/auth", resolve })).rejects.toMatchObject({ exit: 3 });
    await expect(sharing({ url: "postgres://x@10.0.0.8/auth", resolve })).resolves.toBeDefined();
    await expect(sharing({ url: "postgres://x@db.internal/auth_production" })).resolves.toBeDefined();
  });

  it("is connected to where it is declared as shared", async () => {
    const shares = [{ variable: "DATABASE_URL", with: "staging", because: "one small server, for now" }];
    const configuration = await sharing({ production: { shares } });
    expect(configuration.services.get("auth")?.migrationUrl).toBe(URL);
  });
});
