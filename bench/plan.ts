import { fileURLToPath } from "node:url";
import { type Figure, type Measured, median, type Options, round } from "./figure.ts";
import type { Case, Shape } from "./large-fleet.ts";
import { timedWell } from "./timed.ts";

const ONCE = fileURLToPath(new URL("./plan-once.ts", import.meta.url));
const SIZE = { services: 10_000, dependencies: 50_000 } as const;

type Once = Readonly<{
  services: number;
  dependencies: number;
  steps: number;
  ms: number;
  megabytes: number;
  megabytesBefore: number;
}>;

/** The plan of a very large fleet: its time, and the peak of the whole process that makes it, input included. */
export async function measurePlan({ quick, say }: Options): Promise<Measured> {
  const figures: Figure[] = [];
  const detail: Record<string, readonly Once[]> = {};
  for (const shape of ["random", "layered"] satisfies Shape[]) {
    for (const what of ["first", "unchanged", "changed"] satisfies Case[]) {
      const runs: Once[] = [];
      for (let run = 0; run < (quick ? 1 : 5); run += 1) {
        const args = [shape, what, String(SIZE.services), String(SIZE.dependencies)];
        runs.push(JSON.parse((await timedWell([process.execPath, ONCE, ...args])).stdout) as Once);
      }
      const name = `${shape}, ${CASES[what]}`;
      detail[name] = runs;
      const ms = runs.map((run) => run.ms);
      say(`${name}: ${runs[0]?.steps} steps, ${ms.map((one) => round(one)).join(", ")} ms`);
      figures.push(
        { what: `${name}: median`, value: round(median(ms)), unit: "ms", bound: 1000 },
        {
          what: `${name}: peak of memory`,
          value: round(Math.max(...runs.map(({ megabytes }) => megabytes))),
          unit: "MB",
          bound: 512,
        },
      );
    }
  }
  return { bench: "plan", figures, detail: { ...SIZE, runs: detail } };
}

const CASES: Readonly<Record<Case, string>> = {
  first: "first deployment",
  unchanged: "nothing changed",
  changed: "everything changed",
};
