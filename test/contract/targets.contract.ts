import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceSpec } from "../../src/fleet/fleet.ts";
import type { Revision, VerifiedMark } from "../../src/plan/observed.ts";
import type { Cx, Handle, InstancesTarget } from "../../src/targets/target.ts";

/** What a target's test must bring, so that the same suite can be run against it. */
export type TargetFixture = Readonly<{
  /** The target of one environment; each fleet named by a test is a new one. */
  target(fleet: string, environment: string): Promise<InstancesTarget>;
  /** A bundle that can be started there: it logs `hello from VERSION` at once, and serves until SIGTERM. */
  source(version: string): Promise<string>;
  /** Makes an instance die as if by itself. */
  kill(target: InstancesTarget, handle: Handle): Promise<void>;
  /** Ends all that the tests left, and whatever served them. */
  close(): Promise<void>;
}>;

const never = new AbortController().signal;
const read = { signal: never };

/** The contract of an `InstancesTarget`, run against a real one. */
export function targetContract(name: string, make: () => Promise<TargetFixture>): void {
  describe(`${name} keeps the contract of a target`, () => {
    let fixture: TargetFixture;
    let fleets = 0;
    beforeAll(async () => {
      fixture = await make();
    }, 30_000);
    afterAll(() => fixture.close(), 60_000);

    /** An environment of its own for each test. */
    const environment = async (name = "staging") => {
      fleets += 1;
      const fleet = `fleet${fleets}`;
      const target = await fixture.target(fleet, name);
      const fence = await target.claim("tester", read);
      const cx = contextOf(fence);
      const { revision, source } = await revisionOf(target, cx, "1");
      const bring = (count: number, operation: string, of = { revision, source }) =>
        target.bring({ service: "web", ...of, spec: specOf() }, count, cx(operation));
      const mark = (release: string, operation: string, of = { revision, source }) =>
        target.mark(markOf(release, of), cx(operation));
      return { fleet, target, fence, cx, revision, source, bring, mark };
    };

    const revisionOf = async (target: InstancesTarget, cx: (id: string) => Cx, version: string) => {
      const source = await fixture.source(version);
      const variables = { VERSION: version };
      const fingerprint = await target.fingerprint("web", variables, read);
      await target.stage({ service: "web", fingerprint, variables, rotates: {} }, cx(`stage/${version}`));
      const artifact = `sha256:${version.padStart(64, "0")}`;
      return { revision: { artifact, commit: version.padStart(40, "0"), variables: fingerprint }, source };
    };

    const web = async (target: InstancesTarget) => (await target.observe(read)).services.web;
    const states = async (target: InstancesTarget) => ((await web(target))?.instances ?? []).map(({ state }) => state);

    it("tells of one instance what it tells of all, and nothing of one that is retired", async () => {
      const { target, cx, bring } = await environment();
      const handle = one(await bring(1, "r/bring/1"));
      await expect.poll(async () => (await web(target))?.instances[0]?.state).toBe("running");
      expect(await target.instance(handle, read)).toEqual((await web(target))?.instances[0]);
      await target.retire(handle, cx("r/retire/1"));
      expect(await target.instance(handle, read)).toBeNull();
      expect(await target.instance({ ...handle, id: "nobody@local" }, read)).toBeNull();
    });

    it("issues a higher fence with each claim, however fast they follow", async () => {
      const { target, fence } = await environment();
      let last = fence;
      expect(last).toBeGreaterThan(0);
      for (let claims = 0; claims < 20; claims += 1) {
        const next = await target.claim("another", read);
        expect(next).toBeGreaterThan(last);
        last = next;
      }
    });

    it("refuses every change under an older fence, and changes nothing", async () => {
      const { target, cx, revision, source, bring, mark } = await environment();
      const [handle] = await bring(1, "r/bring/1");
      const drained = await bring(1, "r/bring/2");
      await target.retire(one(drained), cx("r/retire/1"));
      await mark("r", "r/mark/1");
      const before = await target.observe(read);
      await target.claim("a newer deployer", read);
      const match = specOf().routes;
      const backends = [{ instance: one([handle]).id, weight: 1 }];
      const changes: Readonly<Record<string, () => Promise<unknown>>> = {
        bring: () => bring(1, "r/bring/3"),
        // Even what was done already is not confirmed to somebody who has lost the environment.
        adopt: () => bring(1, "r/bring/1"),
        revive: () => target.revive(one(drained), cx("r/revive/1")),
        shift: () => target.shift({ service: "web", match, backends }, cx("r/shift/1")),
        retire: () => target.retire(one([handle]), cx("r/retire/2")),
        mark: () => mark("r", "r/mark/2"),
        unmark: () => target.unmark("web", cx("r/unmark/1")),
        prune: () => target.prune(1, cx("r/prune/1")),
        stage: async () => {
          const fingerprint = await target.fingerprint("web", { NEW: "1" }, read);
          await target.stage({ service: "web", fingerprint, variables: { NEW: "1" }, rotates: {} }, cx("r/stage"));
        },
      };
      for (const [change, attempt] of Object.entries(changes)) {
        await expect(attempt(), change).rejects.toMatchObject({ name: "StepFault", code: "stale-fence" });
      }
      expect(await target.observe(read)).toEqual(before);
      expect(await target.staged("web", await target.fingerprint("web", { NEW: "1" }, read), read)).toBe(false);
      expect(await target.staged("web", revision.variables, read)).toBe(true);
      expect(source).not.toBe("");
    });

    it("brings as many instances as asked, of the revision asked, without traffic", async () => {
      const { target, revision, bring } = await environment();
      const handles = await bring(2, "r1/bring/1");
      expect(new Set(handles.map(({ id }) => id)).size).toBe(2);
      const seen = await web(target);
      expect(seen?.instances.map(({ id }) => id).sort()).toEqual(handles.map(({ id }) => id).sort());
      for (const instance of seen?.instances ?? []) {
        expect(instance).toMatchObject({ service: "web", revision, operationId: "r1/bring/1", state: "running" });
        expect(instance).toMatchObject({ release: "release", restarts: 0, lastExit: null });
        expect(await target.endpoint(one(handles.filter(({ id }) => id === instance.id)), read)).toEqual(
          instance.address,
        );
      }
      expect(new Set(seen?.instances.map(({ address }) => address?.port)).size).toBe(2);
      expect(seen?.route).toBeNull();
    });

    it("adopts what an operation brought already, whatever became of it", async () => {
      const { target, cx, bring } = await environment();
      const first = await bring(2, "r1/bring/1");
      expect(await bring(2, "r1/bring/1")).toEqual(first);
      expect(await states(target)).toHaveLength(2);
      await target.retire(one(first), cx("r1/retire/1"));
      expect(await bring(2, "r1/bring/1")).toEqual(first);
      expect(await states(target)).toHaveLength(1);
      expect(await bring(1, "r1/bring/2")).not.toEqual(first.slice(0, 1));
    });

    it("brings once, however many ask at the same time", async () => {
      const { target, bring } = await environment();
      const answers = await Promise.all(Array.from({ length: 5 }, () => bring(2, "r1/bring/1")));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(await states(target)).toHaveLength(2);
    });

    it("finds what an operation brought, retired or not", async () => {
      const { target, cx, bring } = await environment();
      const handles = await bring(2, "r1/bring/1");
      await target.retire(one(handles), cx("r1/retire/1"));
      const found = await target.find("r1/bring/1", read);
      expect(found.map(({ id, state }) => [id, state])).toEqual([
        [handles[0]?.id, "retired"],
        [handles[1]?.id, "running"],
      ]);
      expect(await target.find("r1/bring/2", read)).toEqual([]);
    });

    it("refuses a revision whose variables are not there", async () => {
      const { target, revision, source, bring } = await environment();
      const unknown = { revision: { ...revision, variables: "0".repeat(64) }, source };
      await expect(bring(1, "r1/bring/1", unknown)).rejects.toMatchObject({ name: "StepFault" });
      expect(await states(target)).toEqual([]);
    });

    it("shifts, replaces and removes a route, and confirms each", async () => {
      const { target, cx, bring } = await environment();
      const [a, b] = await bring(2, "r1/bring/1");
      const match = [...specOf().routes];
      const to = async (backends: readonly { instance: string; weight: number }[], id: string) => {
        await target.shift({ service: "web", match, backends }, cx(id));
        return (await web(target))?.route ?? null;
      };
      const first = [{ instance: a?.id ?? "", weight: 1 }];
      const both = [
        { instance: a?.id ?? "", weight: 95 },
        { instance: b?.id ?? "", weight: 5 },
      ];
      expect(await to(first, "1")).toEqual({ service: "web", match, backends: first });
      expect(await to(first, "1")).toEqual({ service: "web", match, backends: first });
      expect(await to(both, "2")).toEqual({ service: "web", match, backends: both });
      expect(await to([], "3")).toBeNull();
    });

    it("refuses to send traffic to what is not there", async () => {
      const { target, cx, bring } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      await target.retire(one([handle]), cx("r1/retire/1"));
      for (const instance of [one([handle]).id, "web-nowhere"]) {
        const shift = { service: "web", match: specOf().routes, backends: [{ instance, weight: 1 }] };
        await expect(target.shift(shift, cx("r1/shift/1"))).rejects.toMatchObject({ name: "StepFault" });
      }
      expect((await web(target))?.route ?? null).toBeNull();
    });

    it("refuses a match that is another service's already", async () => {
      const { target, cx, bring } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      const backends = [{ instance: one([handle]).id, weight: 1 }];
      await target.shift({ service: "web", match: specOf().routes, backends }, cx("r1/shift/1"));
      const fingerprint = await target.fingerprint("api", {}, read);
      await target.stage({ service: "api", fingerprint, variables: {}, rotates: {} }, cx("r1/stage/1"));
      const revision = { artifact: `sha256:${"9".repeat(64)}`, commit: "9".repeat(40), variables: fingerprint };
      const source = await fixture.source("1");
      const spec = { ...specOf(), name: "api" };
      const [api] = await target.bring({ service: "api", revision, source, spec }, 1, cx("r1/bring/2"));
      const conflict = {
        service: "api",
        match: specOf().routes,
        backends: [{ instance: one([api]).id, weight: 1 }],
      };
      await expect(target.shift(conflict, cx("r1/shift/2"))).rejects.toMatchObject({ name: "StepFault" });
      expect((await target.observe(read)).services.api?.route).toBeNull();
    });

    it("retires what has traffic: out of the router, gone, and a second time is success", async () => {
      const { target, cx, bring } = await environment();
      const [a, b] = await bring(2, "r1/bring/1");
      const backends = [a, b].map((handle) => ({ instance: handle?.id ?? "", weight: 1 }));
      await target.shift({ service: "web", match: specOf().routes, backends }, cx("r1/shift/1"));
      await target.retire(one([a]), cx("r1/retire/1"));
      const seen = await web(target);
      expect(seen?.instances.map(({ id }) => id)).toEqual([b?.id]);
      expect(seen?.route?.backends).toEqual([{ instance: b?.id, weight: 1 }]);
      await target.retire(one([a]), cx("r1/retire/1"));
      await target.retire({ version: 1, id: "web-unknown", service: "web" }, cx("r1/retire/2"));
      await Promise.all([target.retire(one([b]), cx("r1/retire/3")), target.retire(one([b]), cx("r1/retire/3"))]);
      expect(await states(target)).toEqual([]);
      expect(await target.endpoint(one([a]), read)).toBeNull();
    });

    it("revives a retired instance under its id, with its revision and logs of its own", async () => {
      const { target, cx, revision, bring } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      await eventually(async () => (await linesOf(target, one([handle]))).includes("hello from 1"));
      await target.retire(one([handle]), cx("r1/retire/1"));
      await target.revive(one([handle]), cx("r1/revive/1"));
      await target.revive(one([handle]), cx("r1/revive/1"));
      expect((await web(target))?.instances).toMatchObject([
        { id: handle?.id, revision, state: "running", restarts: 0, lastExit: null, operationId: "r1/bring/1" },
      ]);
      await eventually(async () => (await linesOf(target, one([handle]))).includes("hello from 1"));
      expect((await linesOf(target, one([handle]))).filter((line) => line === "hello from 1")).toHaveLength(1);
      const backends = [{ instance: one([handle]).id, weight: 1 }];
      await target.shift({ service: "web", match: specOf().routes, backends }, cx("r1/shift/1"));
    });

    it("starts again what dies, and says so", async () => {
      const { target, bring } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      await fixture.kill(target, one([handle]));
      await eventually(async () => {
        const instance = (await web(target))?.instances[0];
        return instance?.state === "running" && instance.restarts === 1 && instance.lastExit !== null;
      });
      expect((await web(target))?.instances[0]?.id).toBe(handle?.id);
    });

    it("does not start again what is retired", async () => {
      const { target, cx, bring } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      await fixture.kill(target, one([handle]));
      await target.retire(one([handle]), cx("r1/retire/1"));
      expect(await states(target)).toEqual([]);
      expect((await target.find("r1/bring/1", read))[0]).toMatchObject({ state: "retired", pid: null });
    });

    it("keeps marks, newest first, once for each operation, until they are taken away", async () => {
      const { target, cx, mark } = await environment();
      await mark("r1", "r1/mark/1");
      await mark("r2", "r2/mark/1");
      await mark("r1", "r1/mark/1");
      const marks = (await web(target))?.marks ?? [];
      expect(marks.map(({ release }) => release)).toEqual(["r2", "r1"]);
      expect(marks[0]?.spec).toEqual(specOf());
      expect(marks.every(({ at }) => at > 0)).toBe(true);
      await target.unmark("web", cx("r3/unmark/1"));
      expect((await web(target))?.marks ?? []).toEqual([]);
    });

    it("fingerprints variables the same in one environment and differently in another, whatever their order", async () => {
      const { target } = await environment();
      const { target: other } = await environment();
      const fingerprint = await target.fingerprint("web", { A: "1", B: "2" }, read);
      expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
      expect(await target.fingerprint("web", { B: "2", A: "1" }, read)).toBe(fingerprint);
      expect(await target.fingerprint("web", { A: "1", B: "3" }, read)).not.toBe(fingerprint);
      expect(await target.fingerprint("web", { A: "1" }, read)).not.toBe(fingerprint);
      expect(await other.fingerprint("web", { A: "1", B: "2" }, read)).not.toBe(fingerprint);
    });

    it("reveals what was staged, with the current values of what rotates", async () => {
      const { target, cx } = await environment();
      const stage = async (variables: Record<string, string>, rotates: Record<string, string>) => {
        const fingerprint = await target.fingerprint("web", variables, read);
        await target.stage({ service: "web", fingerprint, variables, rotates }, cx("r1/stage"));
        return fingerprint;
      };
      const old = await stage({ A: "1" }, { PASSWORD: "revoked" });
      const now = await stage({ A: "2" }, { PASSWORD: "current" });
      expect(await target.reveal("web", old, read)).toEqual({ A: "1", PASSWORD: "current" });
      expect(await target.reveal("web", now, read)).toEqual({ A: "2", PASSWORD: "current" });
      // Marked as rotating only later: the value that an older revision was staged with may be revoked.
      const plain = await stage({ A: "3", TOKEN: "revoked" }, {});
      await stage({ A: "4" }, { PASSWORD: "current", TOKEN: "current" });
      expect(await target.reveal("web", plain, read)).toMatchObject({ A: "3", TOKEN: "current" });
      // No longer marked: the newer revision has its own value, the older ones keep the last.
      const fixed = await stage({ A: "5", TOKEN: "fixed" }, { PASSWORD: "current" });
      expect(await target.reveal("web", fixed, read)).toMatchObject({ A: "5", TOKEN: "fixed" });
      expect(await target.reveal("web", now, read)).toMatchObject({ A: "2", TOKEN: "current" });
      expect(await target.staged("web", old, read)).toBe(true);
      expect(await target.reveal("web", "0".repeat(64), read)).toBeNull();
      expect(await target.reveal("api", now, read)).toBeNull();
    });

    it("prunes what is old, never what runs or is among the newest marks", async () => {
      const { target, cx, bring, mark } = await environment();
      const revisions = [];
      for (const version of ["2", "3", "4", "5"]) revisions.push(await revisionOf(target, cx, version));
      const [oldest, running, previous, newest] = revisions as [Of, Of, Of, Of];
      for (const [nth, of] of revisions.entries()) await mark(`r${nth}`, `r${nth}/mark/1`, of);
      const [handle] = await bring(1, "r1/bring/1", running);
      const [revivable] = await bring(1, "r2/bring/1", previous);
      await target.retire(one([revivable]), cx("r2/retire/1"));
      const pruned = await target.prune(2, cx("r4/prune/1"));
      expect(pruned.marks).toBe(2);
      expect((await web(target))?.marks.map(({ release }) => release)).toEqual(["r3", "r2"]);
      expect((await web(target))?.instances.map(({ id }) => id)).toEqual([handle?.id]);
      const there = await Promise.all(
        [oldest, running, previous, newest].map(({ revision }) => target.staged("web", revision.variables, read)),
      );
      expect(there).toEqual([false, true, true, true]);
      await bring(1, "r5/bring/1", previous);
    });

    it("keeps two environments and two fleets apart", async () => {
      const { fleet, target, bring, mark } = await environment();
      const production = await fixture.target(fleet, "production");
      await production.claim("another", read);
      await production.claim("another", read);
      const { target: foreign, cx: foreignCx } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      await mark("r1", "r1/mark/1");
      expect((await production.observe(read)).services).toEqual({});
      expect((await foreign.observe(read)).services).toEqual({});
      expect(await foreign.find("r1/bring/1", read)).toEqual([]);
      expect(await foreign.endpoint(one([handle]), read)).toBeNull();
      await foreign.retire(one([handle]), foreignCx("r1/retire/1"));
      await expect(foreign.revive(one([handle]), foreignCx("r1/revive/1"))).rejects.toMatchObject({
        name: "StepFault",
      });
      expect(await states(target)).toEqual(["running"]);
    });

    it("gives up waiting when it is told to", async () => {
      const { target, cx, bring } = await environment();
      const [handle] = await bring(1, "r1/bring/1");
      const stop = AbortSignal.abort(new Error("interrupted"));
      await expect(target.observe({ signal: stop })).rejects.toThrow("interrupted");
      await expect(target.retire(one([handle]), { ...cx("r1/retire/1"), signal: stop })).rejects.toThrow("interrupted");
      expect(await states(target)).toEqual(["running"]);
      const follow = new AbortController();
      const followed: string[] = [];
      const following = (async () => {
        for await (const { text } of target.logs(one([handle]), { follow: true }, { signal: follow.signal })) {
          followed.push(text);
          follow.abort();
        }
      })();
      await following;
      expect(followed).toEqual(["hello from 1"]);
    });
  });
}

type Of = Readonly<{ revision: Revision; source: string }>;

function contextOf(fence: number): (operationId: string) => Cx {
  return (operationId) => ({ operationId, release: "release", fence, signal: never, log: () => undefined });
}

function markOf(release: string, of: Of): Omit<VerifiedMark, "at"> {
  return { service: "web", ...of, release, restores: null, migration: null, held: [], spec: specOf() };
}

function specOf(): ServiceSpec {
  return {
    name: "web",
    port: 8080,
    routes: [{ kind: "prefix", prefix: "/web" }],
    replicas: 1,
    health: { path: "/health", every: 100, healthyFor: 100, timeout: 5000 },
    smoke: { kind: "none", why: "a test" },
    logs: { watch: 0, critical: [], ignore: [] },
    traffic: null,
    strategy: { kind: "rolling" },
    stop: { drain: 1000, timeout: 2000 },
    start: null,
    container: null,
  };
}

function one<T>(items: readonly (T | undefined)[]): T {
  const [first] = items;
  if (first === undefined) throw new Error("expected one");
  return first;
}

async function linesOf(target: InstancesTarget, handle: Handle): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { text } of target.logs(handle, { follow: false }, read)) lines.push(text);
  return lines;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  await expect.poll(holds, { timeout: 10_000, interval: 20 }).toBe(true);
}
