import { Command, InvalidArgumentError, Option } from "commander";
import type { Call } from "./call.ts";
import { exampleOf } from "./examples.ts";
import { addSecrets } from "./secrets-program.ts";
import { VERSION } from "./version.ts";

/** How a command is begun; each action loads its own code, so that `--help` costs nothing. */
export type Invocation = Readonly<{
  /** Aborted by the first Ctrl-C. */
  stop: AbortSignal;
  exit: (code: number) => void;
}>;

/** Every command with its options; what each does is in ./commands. */
export function buildProgram({ stop, exit }: Invocation): Command {
  const program = new Command("sampan")
    .description(
      "Takes a fleet of backend services from a commit to verified production, and back when something is wrong.",
    )
    .version(VERSION)
    .option("--fleet <file>", "the fleet file", "sampan.yaml")
    .option("--verbose", "say on stderr what happens inside")
    .option("--json", "one JSON document on stdout, everything else on stderr")
    .addHelpText(
      "after",
      "\nShell completion, for bash (zsh, fish and powershell alike):\n  $ source <(sampan complete bash)",
    )
    .showHelpAfterError("(see `sampan --help`)")
    .exitOverride();

  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .addHelpText("after", `\nExample:\n  $ ${exampleOf(name)}`)
      .exitOverride();
  const run =
    (load: () => Promise<(call: Call) => Promise<number>>) =>
    async (...given: unknown[]): Promise<void> => {
      const own = given.at(-1) as Command;
      const options = own.optsWithGlobals<Record<string, unknown>>();
      const action = await load();
      exit(await action({ args: given.slice(0, -2), options, stop }));
    };

  command("init", "write a commented sampan.yaml for this repository, the workflow of its CI, or a release checklist")
    .addOption(
      new Option("--ci <provider>", "write the workflow for github, gitlab or gitea (and forgejo) instead").conflicts(
        "checklist",
      ),
    )
    .option("--checklist [language]", "write the standard checklist instead, in ru, en, or both")
    .action(run(async () => (await import("./commands/init.ts")).init));
  command("doctor [environment]", "look at what Sampan needs here, and in an environment").action(
    run(async () => (await import("./commands/doctor.ts")).doctor),
  );
  command("check <environment> [services...]", "prove that this commit may go there").action(
    run(async () => (await import("./commands/check.ts")).check),
  );
  command(
    "build [services...]",
    "build what environments run, and push it where the fleet file names a registry",
  ).action(run(async () => (await import("./commands/build.ts")).build));
  command("plan <environment> [services...]", "print what a deployment would do, in what order and why")
    .option("--preview", "do not build what is missing; the plan can be neither approved nor exported")
    .option("--out <file>", "write the plan for `deploy --plan`")
    .option("--override", "print what is put over the compose file, secrets masked, and no plan")
    .addOption(losing("where there is no way back"))
    .action(run(async () => (await import("./commands/plan.ts")).plan));
  command("deploy <environment> [services...]", "check, build, plan and carry out")
    .option("--plan <file>", "carry out this plan, and no other")
    .addOption(losing("where going back needs it"))
    .option("--break-glass <reason>", "set frozen, windows and from: ci aside; kept with the release")
    .option("--yes", "do not ask before starting")
    .action(run(async () => (await import("./commands/deploy.ts")).deploy));
  command(
    "promote <from> <environment> [services...]",
    "bring there what another environment has verified, by its digests",
  )
    .addOption(losing("where going back needs it"))
    .option("--break-glass <reason>", "set frozen, windows and from: ci aside; kept with the release")
    .option("--yes", "do not ask before starting")
    .action(run(async () => (await import("./commands/promote.ts")).promote));
  command("status [environment]", "what runs, what is verified, and what drifted").action(
    run(async () => (await import("./commands/status.ts")).status),
  );
  command("logs <environment> <service>", "what a service's instances log")
    .option("-f, --follow", "go on as new lines come")
    .action(run(async () => (await import("./commands/logs.ts")).logs));
  command("resume <environment>", "continue a release that was cut off")
    .option("--back", "return to what was verified before it")
    .addOption(losing("where going back needs it"))
    .action(run(async () => (await import("./commands/resume.ts")).resume));
  command("rollback <environment> [services...]", "return to the revisions verified before")
    .option("--to <release>", "how things stood after this release")
    .option("--migrations", "take back the migrations applied since, too")
    .addOption(losing("where going back needs it"))
    .option("--yes", "do not ask before starting")
    .action(run(async () => (await import("./commands/rollback.ts")).rollback));
  command("history <environment>", "past releases, newest first")
    .addOption(new Option("--limit <n>", "how many").default(20).argParser(count))
    .action(run(async () => (await import("./commands/history.ts")).history));
  command("report <environment>", "how often, how fast and how well it is deployed to")
    .addOption(new Option("--days <n>", "the last so many days").default(28).argParser(count))
    .option("--csv", "each change, a line")
    .action(run(async () => (await import("./commands/report.ts")).report));
  command("approve <release> [command...]", "confirm the items of a waiting release's checklist")
    .option("--item <id>", "confirm this item only")
    .option("--by <name>", "who confirms")
    .option(
      "--evidence <text>",
      "a link, a file or a command's output; with `-- COMMAND` it is run, and its output kept",
    )
    .option("--note <text>", "anything worth keeping")
    .action(run(async () => (await import("./commands/approve.ts")).approve));
  command("images <action> <environment>", "prune: remove what no environment runs or could return to").action(
    run(async () => (await import("./commands/images.ts")).images),
  );
  const migrations = command("migrations", "what migrations do to code that runs");
  migrations
    .command("check [services...]")
    .description("say of every statement what it does to code that runs, and what it locks; no database is needed")
    .option("--env <environment>", "judge what is pending there, by its databases' catalogs")
    .option("--dir <folder>", "judge this folder, of whatever tool, without a fleet file")
    .option("--format <format>", "how the folder is laid out; else it is found out")
    .option(
      "--database <variable>",
      "the environment variable that holds the URL of a database whose catalog to look at",
    )
    .option("--from <migration>", "judge this migration and those after it")
    .option("--all", "show what nobody notices, and the down files, too")
    .addHelpText("after", `\nExample:\n  $ ${exampleOf("migrations check")}`)
    .exitOverride()
    .action(run(async () => (await import("./commands/migrations-check.ts")).migrationsCheck));
  migrations
    .command("status [environment] [services...]")
    .description("what is applied, what the next release runs, and what the rest waits for")
    .addHelpText("after", `\nExample:\n  $ ${exampleOf("migrations status")}`)
    .exitOverride()
    .action(run(async () => (await import("./commands/migrations-status.ts")).migrationsStatusOf));
  migrations
    .command("adopt <environment> [services...]")
    .description("record as applied what another tool has applied to these databases already")
    .option("--through <migration>", "everything up to this one is applied, where no tool's own table says so")
    .option("--yes", "do not ask before recording")
    .addHelpText("after", `\nExample:\n  $ ${exampleOf("migrations adopt")}`)
    .exitOverride()
    .action(run(async () => (await import("./commands/migrations-adopt.ts")).migrationsAdopt));
  migrations
    .command("prove [environment] [services...]")
    .description("run pending migrations on a scratch database, with the code that runs there now")
    .option("--anew", "prove again what is proven already")
    .option("--dir <folder>", "only the way back of this folder, of whatever tool, without a fleet file")
    .option("--format <format>", "with --dir: how the folder is laid out; else it is found out")
    .addOption(new Option("--major <n>", "with --dir: the PostgreSQL to prove it on").default(18).argParser(count))
    .addHelpText("after", `\nExample:\n  $ ${exampleOf("migrations prove")}`)
    .exitOverride()
    .action(run(async () => (await import("./commands/migrations-prove.ts")).migrationsProve));
  const contracts = command("contracts", "what services promise each other by their OpenAPI files");
  contracts
    .command("check [services...]")
    .description("say what changed in contracts between two commits, or two files, and whom it breaks")
    .option("--from <commit>", "the contracts before; default HEAD")
    .option("--to <commit>", "the contracts after; default: the files here")
    .option("--old <file>", "with --new: compare two files, without a fleet file")
    .option("--new <file>", "with --old: the file after")
    .option("--all", "show what breaks nobody, too")
    .addHelpText("after", `\nExample:\n  $ ${exampleOf("contracts check")}`)
    .exitOverride()
    .action(run(async () => (await import("./commands/contracts-check.ts")).contractsCheck));
  command(
    "variables <environment> [services...]",
    "the names of its variables, where each comes from, and what differs in other environments; never a value",
  ).action(run(async () => (await import("./commands/variables.ts")).variables));
  addSecrets(command("secrets", "variables files that are encrypted with age and lie in the repository"), run);
  command("ci", "in a run of GitHub Actions, GitLab CI, Gitea Actions or Jenkins: check, deploy, or nothing and why")
    .option("--check", "only check, whatever the run is for")
    .option("--environment <name>", "of the environments that take the run, only this one")
    .option("--decide", "say what would be done, and do nothing")
    .option("--evidence <folder>", "where to keep what was seen, for the run's artifacts", "sampan-evidence")
    .addOption(losing("where going back needs it"))
    .action(run(async () => (await import("./commands/ci.ts")).ci));
  command("agent <action>", "the supervisor on this host: start, stop, status").action(
    run(async () => (await import("./commands/agent.ts")).agent),
  );
  command("demo", "deploy, upgrade under load, break, resume and roll back an example fleet on this machine")
    .option("--keep", "leave everything running and say where")
    .option("--end <folder>", "end what --keep left in this folder")
    .action(run(async () => (await import("./commands/demo.ts")).demo));
  return program;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is a whole number from 1 on.");
  return value;
}

const several = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

const losing = (when: string): Option =>
  new Option("--confirm-loss <table>", `agree to lose this table's data ${when}; may be repeated`).argParser(several);
