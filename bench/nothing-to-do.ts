import type { ReleaseDocument } from "../src/release/outcome.ts";
import { type Figure, type Measured, median, type Options, round } from "./figure.ts";

/** `sampan deploy` where everything is verified already. */
export async function measureNothingToDo({ quick, fleets }: Options): Promise<Measured> {
  const figures: Figure[] = [];
  const detail: Record<string, readonly number[]> = {};
  for (const { name, fleet, sampan } of await fleets.used()) {
    await sampan("deploy", "staging");
    const runs: number[] = [];
    for (let run = 0; run < (quick ? 3 : 15); run += 1) {
      const { ms, stdout } = await sampan("deploy", "staging", "--json");
      const { release } = JSON.parse(stdout) as ReleaseDocument;
      if (release !== null) throw new Error(`there was something to do: ${stdout.slice(0, 2000)}`);
      runs.push(round(ms));
    }
    detail[name] = runs;
    const services = Object.keys(fleet.services).length;
    figures.push({
      what: `nothing to do, ${name}, ${services} services`,
      value: round(median(runs)),
      unit: "ms",
      bound: 1500,
    });
  }
  return { bench: "nothing-to-do", figures, detail };
}
