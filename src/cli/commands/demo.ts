import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { closeHarbour } from "../../demo/close-harbour.ts";
import { type DemoDocument, demo as runDemo } from "../../demo/demo.ts";
import { systemClock } from "../../io/clock.ts";
import { processEnvironment } from "../../io/environment.ts";
import { existsFolder, removeFolder } from "../../io/folders.ts";
import { systemRandom } from "../../io/random.ts";
import { oneLine } from "../../plain.ts";
import { problem, Refused } from "../../problem.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { table } from "../render/table.ts";

const FOLDER = "sampan-demo-";

/** The example fleet on this machine: deployed, upgraded under load, broken, resumed and rolled back. */
export async function demo(call: Call): Promise<number> {
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  if (typeof call.options.end === "string") {
    const folder = resolve(call.options.end);
    expectDemo(folder);
    await closeHarbour({ folder, signal: call.stop });
    await removeFolder(folder);
    say(`ended, and ${folder} is removed\n`);
    return EXIT.done;
  }
  const folder = join(tmpdir(), `${FOLDER}${systemRandom.hex(4)}`);
  const document = await runDemo({
    folder,
    keep: call.options.keep === true,
    env: processEnvironment(),
    clock: systemClock,
    random: systemRandom,
    signal: call.stop,
    say: (line) => say(`${line}\n`),
    detail: (line) => {
      if (/^[✓✗←↻…l]/.test(line) && !line.startsWith("✓ check")) say(`     ${oneLine(line)}\n`);
    },
  });
  if (wantsJson(call)) printJson(document);
  else say(summary(document));
  return document.requests.lost === 0 ? EXIT.done : EXIT.bug;
}

/** What is removed with all that is in it must be a demo's own. */
function expectDemo(folder: string): void {
  if (basename(folder).startsWith(FOLDER) && existsFolder(join(folder, "state"))) return;
  throw new Refused([
    problem("no-demo", `${folder} is no folder of a demo`, `\`sampan demo --keep\` says where it is: …/${FOLDER}…`),
  ]);
}

function summary({ releases, requests, seconds, kept }: DemoDocument): string {
  const rows = releases.map(({ release, environment, status, services, seconds: took }) => [
    `  ${release ?? ""}`,
    environment,
    status,
    services
      .filter((service) => service.status !== "unchanged")
      .map(({ name }) => name)
      .join(" "),
    `${took} s`,
  ]);
  const left =
    kept === null
      ? "nothing is left running"
      : `left running in ${kept}\n  cd ${join(kept, "go2asia")} && SAMPAN_HOME=${join(kept, "state")} sampan status\n  sampan demo --end ${kept}`;
  return `\n${table([["  release", "environment", "status", "changed", "time"], ...rows])}\n${requests.served} requests served, ${requests.lost} lost; ${releases.length} releases; ${seconds} s; ${left}\n`;
}
