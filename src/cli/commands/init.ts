import { dirname, resolve } from "node:path";
import { init as initFleet } from "../../fleet/init/init.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";

/** Writes a commented sampan.yaml, and says what it could not decide. */
export async function init(call: Call): Promise<number> {
  const root = dirname(resolve(String(call.options.fleet ?? "sampan.yaml")));
  const { written, undecided } = await initFleet(root);
  if (wantsJson(call)) printJson({ formatVersion: 1, written, undecided });
  else {
    process.stdout.write(`written: ${written}\n`);
    for (const point of undecided) process.stdout.write(`to decide: ${point}\n`);
    process.stdout.write("next: `sampan doctor`\n");
  }
  return EXIT.done;
}
