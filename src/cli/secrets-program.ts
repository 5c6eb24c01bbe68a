import type { Command } from "commander";
import type { Call } from "./call.ts";
import { exampleOf } from "./examples.ts";

type Action = (...given: unknown[]) => Promise<void>;

/** The commands of `sampan secrets`. */
export function addSecrets(
  secrets: Command,
  run: (load: () => Promise<(call: Call) => Promise<number>>) => Action,
): void {
  const command = (usage: string, description: string): Command =>
    secrets
      .command(usage)
      .description(description)
      .addHelpText("after", `\nExample:\n  $ ${exampleOf(`secrets ${usage}`)}`)
      .exitOverride();
  command(
    "edit <environment> [service]",
    "change an encrypted variables file in your editor; the plain text never lies on a disk",
  )
    .option("--file <file>", "which of several encrypted files")
    .option("--stdin", "take the whole new text from stdin instead of an editor")
    .action(run(async () => (await import("./commands/secrets-edit.ts")).secretsEdit));
  command("recipients <environment>", "who may read the encrypted variables files; adds and removes")
    .option("--add <key>", "an age recipient: age1…; may be repeated", several)
    .option("--remove <key>", "a recipient, or whose it is; may be repeated", several)
    .option("--name <person>", "whose the added key is")
    .action(run(async () => (await import("./commands/secrets-recipients.ts")).secretsRecipients));
  command("rotate <environment>", "encrypt every variables file anew, to the present recipients").action(
    run(async () => (await import("./commands/secrets-rotate.ts")).secretsRotate),
  );
}

const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];
