import { problem, Refused } from "../../problem.ts";
import type { Call } from "../program.ts";

export async function demo(_call: Call): Promise<number> {
  throw new Refused([problem("demo", "x")]);
}
