import { posix, relative, resolve, sep } from "node:path";
import { committedAt } from "../../artifacts/git/committed-at.ts";
import { tryGit } from "../../artifacts/git/git.ts";
import { readCheckout } from "../../artifacts/git/repository.ts";
import { readTree } from "../../artifacts/git/tree.ts";
import { folderOf } from "../../artifacts/source/source.ts";
import { readSources } from "../../checks/sources.ts";
import { allowanceProblems } from "../../contracts/allowance-problems.ts";
import { type Caller, callersOf } from "../../contracts/callers/callers.ts";
import { type Client, clientsIn, isGeneratorSetting } from "../../contracts/callers/clients.ts";
import type { ContractChange } from "../../contracts/compare/change.ts";
import { compareContracts, isBreak } from "../../contracts/compare-contracts.ts";
import { BREAKS, breakProblem } from "../../contracts/judge-changes.ts";
import { apiOf } from "../../contracts/model/api-of.ts";
import { type ReadText, readDocument } from "../../contracts/read/read-document.ts";
import { chosenNames } from "../../fleet/chosen-names.ts";
import type { Service } from "../../fleet/fleet.ts";
import { systemClock } from "../../io/clock.ts";
import { isoTime } from "../../io/iso-time.ts";
import { readBytesIfThere } from "../../io/read-bytes.ts";
import { type Problem, problem, Refused } from "../../problem.ts";
import type { Workplace } from "../../release/workplace.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { colours, printJson, wantsJson } from "../output.ts";
import { contractText } from "../render/contracts.ts";
import { renderProblems } from "../render/problems.ts";
import { namesIn } from "../services-of.ts";
import { openWorkplace } from "../workplace.ts";

const LARGEST = 32 * 1024 * 1024;

/** One contract before and after. */
export type Comparison = Readonly<{
  /** Null: two files without a fleet. */
  service: string | null;
  from: string;
  to: string;
  changes: readonly ContractChange[];
  callers: readonly Caller[];
}>;

type Outcome = Readonly<{ comparisons: readonly Comparison[]; problems: readonly Problem[] }>;

/** Says what changed between two contracts and whom it breaks. Reads files and git; changes nothing. */
export async function contractsCheck(call: Call): Promise<number> {
  const { old, new: next } = call.options;
  if ((old === undefined) !== (next === undefined)) throw usage("--old and --new go together");
  const { comparisons, problems } =
    old === undefined ? await ofFleet(call) : await ofFiles(call, { old: String(old), next: String(next) });
  if (wantsJson(call)) printJson({ formatVersion: 1, contracts: comparisons, problems });
  else {
    const at = { colour: colours(process.stdout), all: call.options.all === true };
    process.stdout.write(comparisons.map((one) => contractText(one, at)).join(""));
    // What breaks has been shown with everything else that changed.
    const apart = problems.filter(({ code }) => code !== BREAKS);
    const breaks = problems.length - apart.length;
    process.stderr.write(renderProblems(apart, colours(process.stderr)));
    if (breaks > 0)
      process.stderr.write(`${breaks === 1 ? "one change" : `${breaks} changes`} that callers would break on\n`);
  }
  return problems.length === 0 ? EXIT.done : EXIT.refused;
}

const usage = (message: string): Refused =>
  new Refused([problem("usage", message, "see `sampan contracts check --help`")]);

const fromDisk =
  (folder: string): ReadText =>
  async (file) => {
    const bytes = await readBytesIfThere(resolve(folder, file), LARGEST);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  };

type Sides = Readonly<{
  service: string | null;
  file: Readonly<{ old: string; next: string }>;
  read: Readonly<{ old: ReadText; next: ReadText }>;
  named: Readonly<{ from: string; to: string }>;
  callers: readonly Caller[];
}>;

async function compare({ service, file, read, named, callers }: Sides): Promise<Outcome> {
  const [old, next] = await Promise.all([readDocument(file.old, read.old), readDocument(file.next, read.next)]);
  const problems = [old, next].flatMap((one) => (one.kind === "problems" ? one.problems : []));
  if (old.kind === "problems" || next.kind === "problems") {
    if (service === null) throw new Refused(problems);
    return { comparisons: [], problems };
  }
  const wrong = allowanceProblems(apiOf(next.document));
  const today = isoTime(systemClock.now()).slice(0, 10);
  const changes = compareContracts({ old: old.document, next: next.document, today });
  // A contract by itself is anybody's; in a fleet it is known who relies on it.
  const refused = service === null || callers.length > 0 ? changes.filter(isBreak) : [];
  const comparison = { service, ...named, changes, callers };
  return {
    comparisons: [comparison],
    problems: [...wrong, ...refused.map((change) => breakProblem(change, { before: `in ${named.from}`, callers }))],
  };
}

function ofFiles(call: Call, { old, next }: Readonly<{ old: string; next: string }>): Promise<Outcome> {
  if (namesIn(call.args[0]) !== null) throw usage("name services, or two files by --old and --new, not both");
  const here = process.cwd();
  const read = fromDisk(here);
  const near = (file: string): string => {
    const from = relative(here, resolve(here, file)).split(sep).join("/");
    return from === "" || from.startsWith("..") ? resolve(here, file) : from;
  };
  const file = { old: near(old), next: near(next) };
  return compare({
    service: null,
    file,
    read: { old: read, next: read },
    named: { from: file.old, to: file.next },
    callers: [],
  });
}

async function ofFleet(call: Call): Promise<Outcome> {
  const at = await openWorkplace(call);
  const services = chosen(at, namesIn(call.args[0]));
  const checkout = await readCheckout({ root: at.fleet.root, signal: at.signal });
  const { prefix, head } = checkout;
  const git = { folder: at.fleet.root, signal: at.signal };
  const from = String(call.options.from ?? "HEAD");
  const to = call.options.to === undefined ? null : String(call.options.to);
  const old = committedAt(git, await commitOf(git, from));
  const next = to === null ? fromDisk(at.fleet.root) : committedAt(git, await commitOf(git, to));
  const clients = await clientsAt(at, { head, prefix });
  const outcomes: Outcome[] = [];
  for (const service of services) {
    const file = contractFile(service);
    // What is new has nobody to break, and what is gone is told by `check` for each environment.
    if (file === null || (await old(file)) === null) continue;
    const folders = (name: string): readonly string[] => [folderOf({ path: at.fleet.services[name]?.path ?? name })];
    const callers = callersOf({ fleet: at.fleet, service: service.name, contract: file, clients, folders });
    const names = { from, to: to ?? "the files here" };
    outcomes.push(
      await compare({
        service: service.name,
        file: { old: file, next: file },
        read: { old, next },
        named: names,
        callers,
      }),
    );
  }
  return { comparisons: outcomes.flatMap((one) => one.comparisons), problems: outcomes.flatMap((one) => one.problems) };
}

const chosen = (at: Workplace, wanted: readonly string[] | null): readonly Service[] =>
  chosenNames(at.fleet, wanted).flatMap((name) => at.fleet.services[name] ?? []);

const contractFile = (service: Service): string | null =>
  service.contract.kind === "none" ? null : posix.join(folderOf(service), service.contract.file);

async function commitOf(git: Readonly<{ folder: string; signal: AbortSignal }>, ref: string): Promise<string> {
  const said = await tryGit(git, { args: ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`] });
  if (said.exitCode === 0) return said.stdout.toString("utf8").trim();
  throw new Refused([
    problem(
      "unknown-commit",
      `there is no commit ${JSON.stringify(ref)} here`,
      "name a branch, a tag or a commit that is fetched",
    ),
  ]);
}

async function clientsAt(
  at: Workplace,
  { head, prefix }: Readonly<{ head: string; prefix: string }>,
): Promise<readonly Client[]> {
  const git = { folder: at.fleet.root, signal: at.signal };
  const contracts = Object.values(at.fleet.services).flatMap((service) => contractFile(service) ?? []);
  const tree = await readTree(git, { commit: head, prefix });
  return clientsIn((await readSources(git, { tree, wanted: isGeneratorSetting })).files, new Set(contracts));
}
