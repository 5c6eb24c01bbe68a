import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { localHost } from "../../src/hosts/local/local-host.ts";
import { programEntry } from "../../src/io/program-entry.ts";
import { noHaproxy } from "../haproxy.ts";
import { sampan, startSampan } from "../sampan.ts";
import { type ComposeFleet, composeFleet, sinkComposeFleet } from "./compose-fleet.ts";
import { containersOf } from "./containers-of.ts";

let fleet: ComposeFleet | undefined;
afterEach(async () => {
  if (fleet !== undefined) await sinkComposeFleet(fleet);
  fleet = undefined;
}, 120_000);

/** As after a disk was restored without it: the agent is gone, and all that it had written down. */
async function loseRecord({ home }: ComposeFleet): Promise<void> {
  const folder = join(home, "agent");
  const signal = AbortSignal.timeout(20_000);
  const connection = await localHost({ stateFolder: folder, agentEntry: programEntry("agent") }).connect(signal);
  const { pid } = (await connection.call("hello", {}, signal)) as { pid: number };
  process.kill(pid, "SIGKILL");
  connection.close();
  for (const name of readdirSync(folder)) if (name.startsWith("agent.db")) rmSync(join(folder, name));
}

/** Asks without a pause until told to stop: how many were answered well, and what was not. */
function asking({ listen }: ComposeFleet, path: string) {
  const lost: string[] = [];
  let served = 0;
  let over = false;
  const ended = (async () => {
    while (!over) {
      await fetch(`http://127.0.0.1:${listen}${path}`).then(
        async (answer) => {
          await answer.text();
          if (answer.ok) served += 1;
          else lost.push(String(answer.status));
        },
        (error: Error) => lost.push(String(error.cause ?? error)),
      );
      await sleep(5);
    }
  })();
  return async () => {
    over = true;
    await ended;
    return { served, lost };
  };
}

const present = async ({ name }: ComposeFleet) =>
  (await containersOf(name)).map(({ service, id }) => `${service} ${id}`).sort();
const services = async ({ name }: ComposeFleet) => (await containersOf(name)).map(({ service }) => service).sort();
const ROUTERS = noHaproxy === null ? ["builtin", "haproxy"] : ["builtin"];

describe.each(ROUTERS)(
  `an agent that has lost its record, beside the router %s${noHaproxy === null ? "" : ` (${noHaproxy})`}`,
  { timeout: 240_000 },
  (router) => {
    const start = async () => {
      const made = await composeFleet([{ name: "core" }, { name: "web", needs: ["core"], replicas: 2 }], {
        healthcheck: "none",
      });
      fleet = made;
      const target = `target: { kind: compose, project: ${made.name}`;
      made.write("sampan.yaml", made.read("sampan.yaml").replace(`${target} }`, `${target}, router: ${router} }`));
      made.commit("one", { core: { version: "1" }, web: { version: "1" } });
      const at = { cwd: made.root, env: made.env };
      const first = await sampan(["deploy", "staging", "--json"], at);
      expect(first.code, first.stdout + first.stderr).toBe(0);
      return { made, at };
    };

    it("finds what runs by its labels, and the next release replaces it without losing a request", async () => {
      const { made, at } = await start();
      const before = await present(made);
      await loseRecord(made);
      const seen = (await sampan(["status", "staging", "--json"], at)).json() as {
        services: { name: string; instances: unknown[] }[];
      };
      expect(seen.services.map(({ name, instances }) => [name, instances.length])).toEqual([
        ["core", 1],
        ["web", 2],
      ]);
      const stop = asking(made, "/web/version");
      made.commit("two", { web: { version: "2" } });
      const second = await sampan(["deploy", "staging", "--json"], at);
      const { served, lost } = await stop();
      expect(second.code, second.stdout + second.stderr).toBe(0);
      expect(lost).toEqual([]);
      expect(served).toBeGreaterThan(50);
      const after = await present(made);
      // The one that was what it should be stayed; the two others went.
      expect(after.filter((one) => before.includes(one)).map((one) => one.split(" ")[0])).toEqual(["core"]);
      expect(await services(made)).toEqual(["core", "web", "web"]);
      expect(await (await fetch(`http://127.0.0.1:${made.listen}/web/version`)).json()).toMatchObject({ version: "2" });
    });

    it("in the middle of a release: the next one ends with as many containers as there should be", async () => {
      const { made, at } = await start();
      made.commit("two", { core: { version: "2" }, web: { version: "2" } });
      const { child, ended, output } = startSampan(["deploy", "staging"], at);
      while (!output().includes("web.bring")) await sleep(20);
      await expect.poll(async () => (await services(made)).length, { timeout: 30_000 }).toBeGreaterThan(3);
      child.kill("SIGKILL");
      await ended;
      await loseRecord(made);
      const next = await sampan(["deploy", "staging", "--json"], at);
      expect(next.code, next.stdout + next.stderr).toBe(0);
      expect(await services(made)).toEqual(["core", "web", "web"]);
      for (const name of ["core", "web"]) {
        const answer = await fetch(`http://127.0.0.1:${made.listen}/${name}/version`);
        expect(await answer.json()).toMatchObject({ version: "2" });
      }
    });
  },
);
