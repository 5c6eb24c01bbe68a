import { fileURLToPath } from "node:url";
import { type Measured, median, type Options, round } from "./figure.ts";
import { timedWell } from "./timed.ts";

const ONCE = fileURLToPath(new URL("./classify-once.ts", import.meta.url));

type Once = Readonly<{ statements: number; ms: number; warm: number }>;

/** What is said of 1,000 statements of migrations, from the load of the grammar on. */
export async function measureClassify({ quick, say }: Options): Promise<Measured> {
  const runs: Once[] = [];
  for (let run = 0; run < (quick ? 1 : 7); run += 1) {
    runs.push(JSON.parse((await timedWell([process.execPath, ONCE, "1000"])).stdout) as Once);
  }
  const ms = runs.map((run) => run.ms);
  say(`${runs[0]?.statements} statements: ${ms.map((one) => round(one)).join(", ")} ms`);
  return {
    bench: "classify",
    figures: [
      { what: "1,000 statements, grammar loaded first: median", value: round(median(ms)), unit: "ms", bound: 500 },
      { what: "the same again: median", value: round(median(runs.map((run) => run.warm))), unit: "ms", bound: 500 },
    ],
    detail: { runs },
  };
}
