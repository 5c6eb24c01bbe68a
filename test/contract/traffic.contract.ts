import { afterAll, describe, expect, it } from "vitest";
import type { RouterSpec } from "../../src/fleet/fleet.ts";
import type { InstanceTraffic } from "../../src/targets/target.ts";
import { deployerOf, enter, eventually, lives, one, read } from "../agent/deployer.ts";
import { agentRig, webProgram } from "./agent-rig.ts";

/** What a target says of the traffic of its instances, whichever router carries it: real requests, counted. */
export function trafficContract(name: string, router: RouterSpec): void {
  describe(`${name} tells what it carried`, () => {
    const rig = agentRig();
    afterAll(() => rig.close(), 60_000);

    const sent = async (target: Parameters<typeof enter>[0], path: string, times: number) => {
      for (let nth = 0; nth < times; nth += 1) await enter(target, path).catch(() => undefined);
    };
    const figures = (all: readonly InstanceTraffic[], id: string) => {
      const found = all.find(({ instance }) => instance === id);
      if (found === undefined) return null;
      const { counts, before } = found;
      const timed = counts.latency.reduce((sum, count) => sum + count, 0);
      return { served: counts.served, failed: counts.failed, timed, before: before.served + before.failed };
    };

    it("by instance, before the release and since, whoever has died or is gone", async () => {
      const target = await rig.target("traffic", "staging", router);
      const deployer = await deployerOf(target);
      const shift = async (release: string, ids: readonly string[]) =>
        target.shift(
          {
            service: "web",
            match: [{ kind: "prefix", prefix: "/" }],
            backends: ids.map((instance) => ({ instance, weight: 1 })),
          },
          { ...deployer.cx(`${release}/shift`), release },
        );
      const told = (release: string) => target.traffic({ service: "web", release }, read);
      const a = one(await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1"));
      await deployer.up([a]);
      expect(await told("r1")).toEqual([]);
      await shift("r1", [a.id]);
      await sent(target, "/", 30);
      await sent(target, "/fail", 10);
      await eventually(async () => figures(await told("r1"), a.id)?.failed === 10);
      expect(figures(await told("r1"), a.id)).toEqual({ served: 30, failed: 10, timed: 40, before: 0 });
      // Another release finds all of it there.
      expect(figures(await told("r2"), a.id)).toMatchObject({ served: 30, before: 40 });

      const b = one(await deployer.bring(rig.bundle("2", webProgram("2")), 1, "bring/2"));
      await deployer.up([b]);
      await shift("r2", [a.id, b.id]);
      await sent(target, "/", 20);
      await shift("r2", [b.id]);
      await sent(target, "/", 5);
      const agent = await rig.pid();
      process.kill(agent, "SIGKILL");
      await eventually(() => !lives(agent));
      await target.retire(a, deployer.cx("r2/retire"));
      // The router has forgotten it: what it did in this release is known all the same.
      await eventually(async () => figures(await told("r2"), b.id)?.served === 15);
      expect(figures(await told("r2"), a.id)).toEqual({ served: 40, failed: 10, timed: 50, before: 40 });
      expect(figures(await told("r2"), b.id)).toEqual({ served: 15, failed: 0, timed: 15, before: 0 });
      expect((await told("r3")).map(({ instance }) => instance)).toEqual([b.id]);
      // Nobody else's.
      expect(
        await (await rig.target("traffic", "production", router)).traffic({ service: "web", release: "r2" }, read),
      ).toEqual([]);
      expect(await target.traffic({ service: "api", release: "r2" }, read)).toEqual([]);
    });
  });
}
