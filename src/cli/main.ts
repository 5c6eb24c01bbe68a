import { CommanderError } from "commander";
import { endProcess } from "../io/end-process.ts";
import { EXIT } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { buildProgram } from "./program.ts";

// Whoever read what we print may have gone (`| head`, a `tee` ended by the same Ctrl-C): no reason to leave a release half done.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const stop = interruption();
let code: number = EXIT.done;
const program = buildProgram({
  stop,
  exit: (wanted) => {
    code = wanted;
  },
});
try {
  if (process.argv[2] === "complete") await (await import("./completion.ts")).addCompletion(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    code = error.exitCode === 0 ? EXIT.done : EXIT.input;
    // A script that asked for a document gets one, whatever was wrong.
    if (code !== EXIT.done && process.argv.includes("--json")) {
      const { problem } = await import("../problem.ts");
      process.stdout.write(`${JSON.stringify({ problems: [problem("usage", error.message)] }, null, 2)}\n`);
    }
  } else {
    const { report } = await import("./report.ts");
    code = report(error, process.argv.includes("--json"));
  }
}
const { flushed } = await import("./flushed.ts");
await flushed();
// Sockets to agents and databases may still be closing; nothing of the outcome depends on them.
endProcess(code);
