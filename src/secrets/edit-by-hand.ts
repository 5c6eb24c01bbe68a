import { join } from "node:path";
import { runInTerminal } from "../io/in-terminal.ts";
import { readPrivateFile, writePrivateFile } from "../io/private-file.ts";
import { privateFolder } from "../io/private-folder.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { parseDotenv } from "../variables/dotenv.ts";

export type HandOrder = Readonly<{
  argv: readonly [string, ...string[]];
  /** Where a plain file may lie in memory, best first. */
  folders: readonly string[];
  signal: AbortSignal;
  warn: (line: string) => void;
  /** The text is no dotenv: does the person go on editing it? */
  again: (problems: readonly Problem[]) => Promise<boolean>;
}>;

/**
 * Has a text changed in the person's own editor. The plain file lies in a folder of its own that nobody else may enter, and is gone when this ends,
 * however it does.
 * @throws Refused where the editor cannot be run or says no, and with what is wrong with the text where it is not edited again.
 */
export async function editByHand(order: HandOrder, text: string, file: string): Promise<string> {
  const folder = privateFolder("secrets", order.folders);
  if (!folder.inMemory)
    order.warn(`there is no file system in memory here: the plain text lies in ${folder.path} meanwhile`);
  const path = join(folder.path, plainName(file));
  try {
    writePrivateFile(path, text);
    for (;;) {
      await runEditor(order, path);
      const bytes = readPrivateFile(path);
      const { edited, problems } = read(bytes, file);
      if (problems.length === 0) return edited;
      if (!(await order.again(problems))) throw new Refused(problems);
    }
  } finally {
    folder.remove();
  }
}

/** `env/staging/blog.env.age` → `blog.env`: editors colour by the name. */
const plainName = (file: string): string => (file.split("/").at(-1) ?? "").replace(/\.age$/, "") || "variables.env";

async function runEditor({ argv, signal }: HandOrder, path: string): Promise<void> {
  signal.throwIfAborted();
  const [program] = argv;
  const { exitCode, failure } = await runInTerminal({ argv: [...argv, path], signal });
  signal.throwIfAborted();
  if (exitCode === 0) return;
  if (failure === "not-found" || failure === "not-started") {
    const hint = "name one in EDITOR, or give the new text by --stdin";
    throw new Refused([problem("no-editor", `the editor ${program} cannot be run`, hint)]);
  }
  const how = exitCode === null ? "was ended" : `ended with exit code ${exitCode}`;
  throw new Refused([problem("editor-failed", `nothing was written: ${program} ${how}`)], 3);
}

function read(bytes: Uint8Array | null, file: string): Readonly<{ edited: string; problems: readonly Problem[] }> {
  if (bytes === null) {
    return { edited: "", problems: [{ ...problem("missing-file", "the editor has removed the file"), file }] };
  }
  try {
    const edited = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { edited, problems: parseDotenv({ file, text: edited }).problems };
  } catch {
    return { edited: "", problems: [{ ...problem("not-utf8", "the text is not UTF-8"), file }] };
  }
}
