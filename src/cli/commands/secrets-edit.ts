import { standardInput } from "../../io/standard-input.ts";
import { problem, Refused } from "../../problem.ts";
import type { Workplace } from "../../release/workplace.ts";
import { chosenFile } from "../../secrets/chosen-file.ts";
import { type Edited, type EditOrder, editSecrets } from "../../secrets/edit.ts";
import { editByHand } from "../../secrets/edit-by-hand.ts";
import { editorWords } from "../../secrets/editor.ts";
import { LARGEST_FILE } from "../../variables/read-variables-file.ts";
import { ageIdentities } from "../age-identities.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { colours, isInteractive, printJson, wantsJson } from "../output.ts";
import { yes } from "../questions.ts";
import { renderProblems } from "../render/problems.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

const textOption = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Decrypts, has the text changed by hand or takes it from stdin, and encrypts it to the environment's recipients. */
export async function secretsEdit(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const wish = { service: textOption(call.args[1]), file: textOption(call.options.file) };
  const edited = await editSecrets({
    root: at.fleet.root,
    environment,
    file: chosenFile(at.fleet, environment, wish),
    identities: await ageIdentities(at),
    change: call.options.stdin === true ? () => fromStdin(at.signal) : byHand(call, at),
  });
  if (wantsJson(call)) printJson({ formatVersion: 1, environment: environment.name, ...edited });
  else process.stdout.write(textOf(edited));
  if (!edited.mine)
    process.stderr.write(`! none of your keys opens ${edited.file}: you are not among its recipients\n`);
  return EXIT.done;
}

async function fromStdin(signal: AbortSignal): Promise<string> {
  const bytes = await standardInput(LARGEST_FILE, signal);
  if (bytes === null)
    throw new Refused([problem("file-too-large", "stdin gave more than 4 MiB", "Is it a dotenv file?")]);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused([problem("not-utf8", "what stdin gave is not UTF-8")]);
  }
}

function byHand(call: Call, at: Workplace): EditOrder["change"] {
  const { VISUAL: visual, EDITOR: editor, XDG_RUNTIME_DIR: own } = at.processEnv;
  if (!isInteractive(call) && (visual ?? "") === "" && (editor ?? "") === "") {
    throw new Refused([
      problem(
        "no-terminal",
        "there is no terminal to edit in",
        "give the new text by --stdin, or name an editor in EDITOR",
      ),
    ]);
  }
  return (text, file) =>
    editByHand(
      {
        argv: editorWords(at.processEnv),
        folders: [...(own === undefined || own === "" ? [] : [own]), "/dev/shm"],
        signal: at.signal,
        warn: (line) => void process.stderr.write(`! ${line}\n`),
        again: async (problems) => {
          if (!isInteractive(call)) return false;
          process.stderr.write(renderProblems(problems, colours(process.stderr)));
          return yes("Go on editing? No gives it up.", call.stop);
        },
      },
      text,
      file,
    );
}

function textOf({ file, result, added, changed, removed, recipients }: Edited): string {
  const names = [
    ...added.map((name) => `  + ${name}\n`),
    ...changed.map((name) => `  ~ ${name}\n`),
    ...removed.map((name) => `  - ${name}\n`),
  ].join("");
  switch (result) {
    case "unchanged":
      return `${file}: nothing changed, and the file is as it was\n`;
    case "created":
    case "changed":
      return `✓ ${file} ${result}, ${recipients === null ? "encrypted by the passphrase" : `encrypted to ${recipients} recipient${recipients === 1 ? "" : "s"}`}\n${names}`;
  }
}
