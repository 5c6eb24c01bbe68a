import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asLoadFleet, type LoadFleet } from "../load/load-fleet.ts";
import { type ComposeFleet, composeFleet } from "./compose-fleet.ts";

/** The fleet of one service, two containers of it, that takes whatever the load sends. */
export async function composeLoadFleet(): Promise<LoadFleet & Readonly<{ fleet: ComposeFleet }>> {
  const things = join(mkdtempSync(join(tmpdir(), "sampan-things-")), "things");
  mkdirSync(things);
  // What it writes there can be removed by whoever runs the test.
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const fleet = await composeFleet([{ name: "load", replicas: 2 }], {
    health: "every: 100ms, healthyFor: 300ms, timeout: 30s",
    dockerfile: () => 'COPY dist/service.cjs behaviour.json ./\nCMD ["node", "service.cjs"]\n',
    compose: () => `    user: "${owner}"\n    volumes: ["${things}:/things"]\n    environment: { THINGS: /things }\n`,
  });
  return { ...(await asLoadFleet(fleet, things)), fleet };
}
