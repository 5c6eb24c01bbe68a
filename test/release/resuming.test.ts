import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { problem, Refused } from "../../src/problem.ts";
import { carryOut } from "../../src/release/carry-out.ts";
import { resume, unfinished } from "../../src/release/resume.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { workers } from "./workers.ts";

let fleet: Awaited<ReturnType<typeof workers>>;
beforeEach(async () => {
  fleet = await workers(["auth", "blog"]);
});
afterEach(() => fleet.close());

const resumed = (at: Workplace, back = false) =>
  resume({
    at,
    environment: fleet.environment,
    back,
    onEvent: () => {},
    confirmLosses: async () => [],
    inconclusive: async () => "halt",
  });

/** Stops as Ctrl-C does, once this effect is there. */
async function interrupted(version: string, verb: string, service: string): Promise<Workplace> {
  const stop = new AbortController();
  const at = await fleet.deployer({ signal: stop.signal });
  fleet.weather((moment) => {
    if (moment.verb === verb && moment.service === service && moment.when === "after") stop.abort(new Error("Ctrl-C"));
  });
  expect((await fleet.deploy(at, version)).status).toBe("interrupted");
  fleet.weather(() => {});
  return fleet.deployer();
}

describe("what a release that was cut off meets when it is resumed", () => {
  it("is itself: it goes on", async () => {
    await fleet.deploy(await fleet.deployer(), "one");
    const at = await interrupted("two", "bring", "auth");
    expect(await resumed(at)).toMatchObject({ status: "verified" });
  });

  it("is another release that a store elsewhere knows of: it is refused", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "sampan-elsewhere-"));
    try {
      await fleet.deploy(await fleet.deployer(), "one");
      const at = await interrupted("two", "bring", "auth");
      expect(await fleet.deploy(await fleet.deployer({}, elsewhere), "three")).toMatchObject({ status: "verified" });
      const effects = fleet.world.ledger.length;
      await expect(resumed(at)).rejects.toMatchObject({ exit: 3, problems: [{ code: "plan-drifted" }] });
      await expect(resumed(at, true)).rejects.toBeInstanceOf(Refused);
      expect(fleet.world.ledger).toHaveLength(effects);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it("is a release that was approved before it and carried out after it: there is nothing to resume", async () => {
    const at = await fleet.deployer();
    const store = await at.store();
    const waiting = await fleet.order(at, await fleet.plan(at, "one"));
    const { release, plan, kind, commit, evidence } = waiting;
    const record = { id: release, environment: "staging", kind, status: "awaiting-approval", commit } as const;
    await store.create({ ...record, by: "ann", createdAt: at.clock.now(), endedAt: null, plan, evidence });
    // It is stopped before its first effect, so that what the other was approved for still holds.
    const stopped = await fleet.deployer({ signal: AbortSignal.abort(new Error("Ctrl-C")) });
    const later = await fleet.order(at, plan, { release: `${release}-later` });
    await store.create({
      ...record,
      id: later.release,
      status: "interrupted",
      by: "ann",
      createdAt: stopped.clock.now() + 1,
      endedAt: null,
      plan,
      evidence,
    });
    expect((await unfinished(at, "staging"))?.id).toBe(later.release);
    const existing = await store.find(release);
    expect(await carryOut({ ...waiting, existing })).toMatchObject({ status: "verified" });
    expect(await unfinished(at, "staging")).toBeNull();
  });
});

describe("a release of some services that was cut off", () => {
  it("is resumed by what it needs itself", async () => {
    const at = await fleet.deployer();
    const planned = await fleet.plan(at, "one", ["auth"]);
    const refusing = await fleet.deployer({
      variables: async () => {
        const read = await at.variables();
        return async (environment, service) =>
          service === "auth"
            ? read(environment, service)
            : {
                kind: "problems",
                problems: [{ ...problem("x", "blog is none of its business"), file: "blog.env" }],
                found: [],
                declared: [],
              };
      },
    });
    const stopped = await fleet.deployer({ signal: AbortSignal.abort(new Error("Ctrl-C")) });
    const { release, kind, commit, evidence } = await fleet.order(stopped, planned);
    const record = { id: release, environment: "staging", kind, status: "running", commit, plan: planned } as const;
    await (await at.store()).create({ ...record, by: "ann", createdAt: at.clock.now(), endedAt: null, evidence });
    expect(await resumed(refusing)).toMatchObject({ status: "verified" });
  });
});

describe("a rollback that has begun to take migrations back", () => {
  it("goes on, and not back", async () => {
    const at = await fleet.deployer();
    const planned = await fleet.plan(at, "one");
    const [mark] = planned.steps.filter(({ action }) => action.kind === "mark");
    if (mark === undefined) throw new Error("nothing is marked");
    const action = { kind: "migrate", direction: "down", source: "/", files: [], urlVariable: "URL" } as const;
    const revision = planned.services[0]?.to;
    if (revision == null) throw new Error("nothing is deployed");
    const down = {
      id: "auth.migrate-down",
      service: "auth",
      action: { ...action, revision },
      after: [mark.id],
      undo: null,
    };
    const { release, evidence } = await fleet.order(at, planned);
    const store = await at.store();
    const record = { id: release, environment: "staging", kind: "rollback", status: "halted", commit: null } as const;
    const plan = { ...planned, steps: [...planned.steps, down] };
    await store.create({ ...record, plan, by: "ann", createdAt: at.clock.now(), endedAt: 1, evidence });
    await store.append(release, { kind: "intended", at: 1, step: down.id, way: "do" });
    await expect(resumed(at, true)).rejects.toMatchObject({ exit: 3, problems: [{ code: "schema-taken-back" }] });
    expect(await store.find(release)).toMatchObject({ status: "halted" });
  });
});

describe("a deployer that slept while another resumed its release", () => {
  it("neither acts, nor writes into its journal, nor changes how it ended", async () => {
    await fleet.deploy(await fleet.deployer(), "one");
    let asleep: Promise<unknown> | null = null;
    fleet.weather(async ({ verb, service, when }) => {
      if (verb !== "bring" || when !== "after" || service !== "auth" || asleep !== null) return;
      // Nobody renewed it in the meantime.
      const other = await fleet.deployer();
      const store = await other.store();
      await store.renew("staging", (await store.lease("staging"))?.token ?? "", 0);
      asleep = resumed(other);
      expect(await asleep).toMatchObject({ status: "verified" });
    });
    const sleeper = await fleet.deployer();
    expect(await fleet.deploy(sleeper, "two", { release: "r2" })).toMatchObject({ status: "superseded" });
    const store = await (await fleet.deployer()).store();
    expect(await store.find("r2")).toMatchObject({ status: "verified" });
    const records = await store.journal("r2");
    expect(records.at(-1)).toMatchObject({ kind: "ended", status: "verified" });
    expect(records.filter(({ kind }) => kind === "claimed")).toHaveLength(2);
  });
});

describe("a release that is refused once it has its record", () => {
  it("is recorded as refused, and nothing is left to resume", async () => {
    const at = await fleet.deployer();
    const planned = await fleet.plan(at, "one");
    fleet.variables.MOTTO = { value: "changed since" };
    await expect(carryOut(await fleet.order(at, planned))).rejects.toMatchObject({
      exit: 3,
      problems: [{ code: "configuration-gone" }],
    });
    const [only] = await (await at.store()).releases("staging", 1);
    expect(only?.status).toBe("refused");
    expect(await unfinished(at, "staging")).toBeNull();
  });
});
