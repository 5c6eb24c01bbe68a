import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../outside/answers.ts";
import { strangersIn } from "../outside/processes.ts";
import type { RanSampan } from "../sampan.ts";
import type { TinyFleet } from "../tiny/tiny-fleet.ts";

export type Heard = Readonly<{ status: number; version: string; pid: number; instance: string }>;

/** Asked until each of several instances had its turn. */
export async function heard(fleet: TinyFleet, name: string): Promise<readonly Heard[]> {
  return Promise.all(
    Array.from({ length: 8 }, async () => {
      try {
        const { status, body } = await ask(fleet.listen, `/${name}/version`);
        if (status !== 200) return { status, version: body.slice(0, 100), pid: 0, instance: "" };
        const { version, pid, instance } = JSON.parse(body) as Omit<Heard, "status">;
        return { status, version, pid, instance };
      } catch (error) {
        return { status: 0, version: (error as Error).message, pid: 0, instance: "" };
      }
    }),
  );
}

/** What the routers have on disk. */
export function routesIn(folder: string): string {
  const routers = join(folder, "home", "agent", "routers");
  if (!existsSync(routers)) return "";
  return readdirSync(routers)
    .map((name) => readFileSync(join(routers, name, "routes.json"), "utf8"))
    .join("\n");
}

/** What a killed command had started may need a moment to notice. */
export async function strangers(folder: string): Promise<readonly string[]> {
  for (let round = 0; ; round += 1) {
    const left = strangersIn(folder);
    if (left.length === 0 || round === 100) return left.map(({ pid, argv }) => `${pid} ${argv.join(" ")}`);
    await sleep(50);
  }
}

/** As a document, or, of a run that printed lines, what its exit code and its last release say. */
export function documentOf(ran: RanSampan): { status: string; release: string | null } {
  try {
    const { status, release, problems } = ran.json() as {
      status?: string;
      release?: string | null;
      problems?: unknown;
    };
    return { status: status ?? JSON.stringify(problems), release: release ?? null };
  } catch {
    const named = /\(release (\S+?),/.exec(ran.stdout)?.[1] ?? null;
    const status = ran.code === 0 ? "verified" : ran.code === 4 ? "rolled-back" : `exit ${ran.code}: ${ran.stderr}`;
    return { status, release: named };
  }
}
