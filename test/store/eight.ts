import { type ChildProcess, fork } from "node:child_process";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { Chance } from "../chance.ts";
import { muffled } from "./muffled.ts";

export type Asked = Readonly<
  { kind: "claim" } | { kind: "act"; fence: number; operation: string } | { kind: "find"; operation: string }
>;
/** A fence, or what became of an operation. */
export type Answer = number | "done" | "stale" | "there" | "nowhere";
export type Told = Readonly<
  | { kind: "appending"; release: string; text: string }
  | { kind: "acknowledged"; release: string; texts: readonly string[] }
  | { kind: "holds" | "lets-go" }
  | { kind: "fault"; said: string }
>;
type Message = Told | Readonly<{ kind: "ask"; nth: number; question: Asked }>;

/** What a test saw of deployers and of what they did to the world, without any word of the store. */
export type Seen = Readonly<{
  releases: readonly string[];
  /** Each effect as often as it was done, with whether its intent had been acknowledged by then, or left by another. */
  effects: readonly Readonly<{ operation: string; release: string; intended: boolean }>[];
  appending: readonly Readonly<{ by: number; release: string; text: string }>[];
  acknowledged: readonly Readonly<{ by: number; release: string; text: string }>[];
  /** Two that had the environment at the same moment. */
  together: readonly string[];
  faults: readonly string[];
  kills: Readonly<{ connections: number; answers: number; deployers: number; servers: number }>;
}>;

export type Voyage = Readonly<{
  url: string;
  releases: readonly string[];
  deployers: number;
  luck: Chance;
  /** Ends the server as a power cut would, and starts it again. */
  crash: () => Promise<void>;
  /** The folder whose `src/` and `test/` the deployers run; default: this repository. */
  root?: string;
  /** Milliseconds after which whoever still runs is ended. */
  bound: number;
}>;

const here = join(import.meta.dirname, "../..");
const program = relative(here, fileURLToPath(new URL("./deployer.ts", import.meta.url)));

/** Lets deployers loose on one store while connections, deployers and the server are ended at moments that only the seed decides. */
export async function sail({ url, releases, deployers, luck, crash, root = here, bound }: Voyage): Promise<Seen> {
  const effects: { operation: string; release: string; intended: boolean }[] = [];
  const appending: { by: number; release: string; text: string }[] = [];
  const acknowledged: { by: number; release: string; text: string }[] = [];
  const together: string[] = [];
  const faults: string[] = [];
  const kills = { connections: 0, answers: 0, deployers: 0, servers: 0 };
  const way = await muffled(url);
  const running = new Map<number, ChildProcess>();
  const holding = new Set<number>();
  /** What they still say was said before. */
  const killed = new Set<number>();
  let fence = 0;
  let over = false;

  const answer = (by: number, question: Asked): Answer => {
    if (question.kind === "claim") {
      fence += 1;
      return fence;
    }
    const { operation } = question;
    if (question.kind === "find") return effects.some((one) => one.operation === operation) ? "there" : "nowhere";
    if (question.fence !== fence) return "stale";
    const [release = "", step] = operation.split("/");
    const isIntent = (one: Readonly<{ release: string; text: string }>): boolean =>
      one.release === release && one.text.includes('"intended"') && one.text.includes(`"${step}"`);
    // One that was killed before it had the answer may have left its intent to whoever goes on.
    const intended = acknowledged.some(isIntent) || appending.some((one) => one.by !== by && isIntent(one));
    effects.push({ operation, release, intended });
    return "done";
  };

  const hear = (by: number, child: ChildProcess, message: Message): void => {
    switch (message.kind) {
      case "ask":
        if (!killed.has(by)) child.send({ nth: message.nth, answer: answer(by, message.question) }, () => undefined);
        return;
      case "appending":
        appending.push({ by, release: message.release, text: message.text });
        return;
      case "acknowledged":
        acknowledged.push(...message.texts.map((text) => ({ by, release: message.release, text })));
        return;
      case "holds":
        if (killed.has(by)) return;
        for (const other of holding) together.push(`${by} beside ${other}`);
        holding.add(by);
        return;
      case "lets-go":
        holding.delete(by);
        return;
      case "fault":
        faults.push(message.said);
        return;
    }
  };

  const launch = (): Promise<void> =>
    new Promise((resolve) => {
      const child = fork(join(root, program), [way.url, JSON.stringify(releases)], {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      const by = child.pid ?? 0;
      let said = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      running.set(by, child);
      child.on("message", (message: Message) => hear(by, child, message));
      child.once("exit", (code, signal) => {
        running.delete(by);
        holding.delete(by);
        if (code !== 0 && signal !== "SIGKILL") faults.push(`ended ${signal ?? code}: ${said.slice(-2000)}`);
        // Another comes in the place of one that was killed.
        resolve(signal === "SIGKILL" && !over ? launch() : undefined);
      });
    });

  const all = Promise.all(Array.from({ length: deployers }, launch)).then(() => {
    over = true;
  });
  const until = performance.now() + bound;
  for (let round = 1; !over; round += 1) {
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 10 + luck.upTo(90)))]);
    if (over) break;
    if (performance.now() > until) {
      over = true;
      faults.push("not through in time");
      for (const child of running.values()) child.kill("SIGKILL");
      break;
    }
    if (round % 40 === 20) {
      await crash();
      kills.servers += 1;
    } else if (luck.happens(0.08)) {
      const child = luck.pick([...running.values()]);
      killed.add(child.pid ?? 0);
      holding.delete(child.pid ?? 0);
      kills.deployers += Number(child.kill("SIGKILL"));
    } else if (luck.happens(0.5)) kills.connections += await endConnections(url, luck);
    else kills.answers += way.muffle(() => luck.happens(0.5));
  }
  await all;
  way.close();
  return { releases, effects, appending, acknowledged, together, faults, kills };
}

/** Some of the store's connections, idle or at work, as an administrator or a network would. */
async function endConnections(url: string, luck: Chance): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ ended: boolean }>(
      "select pg_terminate_backend(pid) as ended from (select pid from pg_stat_activity where application_name = 'sampan store' and datname = current_database() order by state = 'active' desc, pid offset $1 limit 2) chosen",
      [luck.happens(0.5) ? 0 : luck.upTo(7)],
    );
    return rows.filter(({ ended }) => ended).length;
  } catch (error) {
    // The server is just starting again.
    if (error instanceof pg.DatabaseError && error.code?.startsWith("42")) throw error;
    return 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}
