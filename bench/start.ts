import { fileURLToPath } from "node:url";
import { type Measured, median, type Options, round } from "./figure.ts";
import { timedWell } from "./timed.ts";

export const SAMPAN = fileURLToPath(new URL("../bin/sampan.js", import.meta.url));

/** `sampan plan --help` over a bare Node that does nothing, in turns. */
export async function measureStart({ quick }: Options): Promise<Measured> {
  const rounds = quick ? 5 : 31;
  const bare: number[] = [];
  const help: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const nothing = (await timedWell([process.execPath, "-e", "0"])).ms;
    const ours = (await timedWell([process.execPath, SAMPAN, "plan", "--help"])).ms;
    // The first pair warms the disk.
    if (round < 0) continue;
    bare.push(nothing);
    help.push(ours);
  }
  const over = help.map((ms, round) => ms - (bare[round] ?? 0));
  return {
    bench: "start",
    figures: [
      {
        what: "`plan --help` over bare `node -e 0`, median of pairs",
        value: round(median(over)),
        unit: "ms",
        bound: 150,
      },
      { what: "bare `node -e 0`, median", value: round(median(bare)), unit: "ms", bound: null },
    ],
    detail: { rounds, bare: bare.map((ms) => round(ms)), help: help.map((ms) => round(ms)) },
  };
}
