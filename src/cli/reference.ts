import type { Argument, Command } from "commander";
import { exampleOf } from "./examples.ts";
import { EXIT } from "./exit-codes.ts";

/** docs/reference/cli.md, made from the commands themselves. */
export function cliReference(program: Command): string {
  const help = program.createHelp();
  const lines = [
    "# The command line",
    "",
    "Made from the commands by `node scripts/generate-reference.mjs`; do not edit.",
    "",
    "Options of every command:",
    "",
    ...options(program),
    "",
    ...program.commands
      .flatMap(withInner)
      .flatMap(({ path, command }) => [
        `## sampan ${path}`,
        "",
        `${sentence(command.description())}`,
        "",
        ...(command.registeredArguments.length > 0
          ? [`Arguments: ${command.registeredArguments.map((one) => `\`${argument(one)}\``).join(", ")}.`, ""]
          : []),
        `Example: \`${exampleOf(path)}\``,
        "",
        ...(help.visibleOptions(command).length > 1 ? [...options(command), ""] : []),
      ]),
    "## Exit codes",
    "",
    "| Code | Meaning |",
    "| ---- | ------- |",
    ...Object.entries(MEANING).map(
      ([name, meaning]) => `| ${String(EXIT[name as keyof typeof EXIT]).padEnd(4)} | ${meaning} |`,
    ),
    "",
  ];
  return lines.join("\n");
}

type Named = Readonly<{ path: string; command: Command }>;

/** A command, or, of a group, the commands in it. */
const withInner = (command: Command): readonly Named[] =>
  command.commands.length === 0
    ? [{ path: command.name(), command }]
    : command.commands.map((inner) => ({ path: `${command.name()} ${inner.name()}`, command: inner }));

const MEANING: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "done and verified",
  bug: "a bug in Sampan",
  input: "the input or the usage",
  refused: "refused before any effect: a check, drift, a missing approval",
  rolledBack: "failed and rolled back; the old version serves",
  halted: "halted: it needs a person, and says what for",
  held: "another release holds the environment",
  interrupted: "interrupted: the state is kept, `sampan resume` continues",
};

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

const argument = (one: Argument): string => {
  const name = `${one.name()}${one.variadic ? "..." : ""}`;
  return one.required ? `<${name}>` : `[${name}]`;
};

const options = (command: Command): readonly string[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== "--help")
    .map(({ flags, description }) => `- \`${flags}\`: ${description}`);
