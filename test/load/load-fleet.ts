import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import type { LoadBehaviour } from "./service.ts";

export type LoadFleet = Readonly<{
  fleet: TinyFleet;
  /** Commits a version and the way in which it is to be rolled out, as it is written in sampan.yaml. */
  commit: (behaviour: LoadBehaviour, strategy: string) => void;
  /** Every id that was recorded by any instance there ever was, with how often. */
  things: () => ReadonlyMap<string, number>;
}>;

/** A fleet of one service, two instances of it, that takes whatever the load sends. */
export async function loadFleet(name: string): Promise<LoadFleet> {
  const fleet = await tinyFleet([{ name: "load", replicas: 2 }], { fleet: name });
  const things = join(fleet.root, "..", "things");
  mkdirSync(things);
  fleet.write("env/staging.env", `THINGS=${things}\n`);
  fleet.write("services/load/.env.example", "THINGS=\n");
  fleet.write(
    "services/load/package.json",
    JSON.stringify({ name: "load", version: "1.0.0", private: true, scripts: { start: "node dist/service.cjs" } }),
  );
  fleet.write("services/load/server.mjs", "// Replaced by what is in dist.\n");
  return asLoadFleet(fleet, things);
}

/** A fleet whose service `load` runs dist/service.cjs as what its behaviour.json says, and notes what it records in `things`. */
export async function asLoadFleet(fleet: TinyFleet, things: string): Promise<LoadFleet> {
  await build({
    entryPoints: [fileURLToPath(new URL("./service.ts", import.meta.url))],
    outfile: join(fleet.root, "services/load/dist/service.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    logLevel: "error",
  });
  const yaml = readFileSync(join(fleet.root, "sampan.yaml"), "utf8")
    // Answers of five seconds are let finish, and those who stream are told to come back.
    .replace(/stop: .*/, "stop: { drain: 6s, timeout: 8s }")
    // How fast it is on a busy machine is no matter of these tests.
    .replace(/logs: .*/, "logs: { watch: 1s }\n    traffic: { slower: 1000 }");
  return {
    fleet,
    commit: (behaviour, strategy) => {
      fleet.write("sampan.yaml", yaml.replace(/strategy: .*/, `strategy: ${strategy}`));
      fleet.write("services/load/behaviour.json", JSON.stringify(behaviour));
      fleet.commit(`${behaviour.version}, ${strategy}`, {});
    },
    things: () => {
      const seen = new Map<string, number>();
      for (const file of readdirSync(things)) {
        for (const id of readFileSync(join(things, file), "utf8").split("\n").filter(Boolean))
          seen.set(id, (seen.get(id) ?? 0) + 1);
      }
      return seen;
    },
  };
}
