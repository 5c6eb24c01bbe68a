import { isAbsolute, join, resolve } from "node:path";
import { withRemote } from "../../artifacts/git/repository.ts";
import type { CheckResult } from "../../checks/check.ts";
import { refusals } from "../../checks/check.ts";
import type { Part } from "../../ci/decide.ts";
import { annotationsOf } from "../../ci/report/annotations.ts";
import { dotenvOf } from "../../ci/report/dotenv.ts";
import { junitOf } from "../../ci/report/junit.ts";
import { summaryOf } from "../../ci/report/markdown.ts";
import type { CiDocument, CiOutcome } from "../../ci/report/outcome.ts";
import { type CiRun, PROVIDER_NAME } from "../../ci/run.ts";
import { appendText } from "../../io/append-text.ts";
import { createFile } from "../../io/create-file.ts";
import { writeDurably } from "../../io/files.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { oneLine } from "../../plain.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Problem, problem, Refused } from "../../problem.ts";
import { checkCommit } from "../../release/check-commit.ts";
import { type Decided, decideRun } from "../../release/ci-run.ts";
import { REMOTE_PATIENCE } from "../../release/deploy.ts";
import type { ReleaseDocument } from "../../release/outcome.ts";
import type { Workplace } from "../../release/workplace.ts";
import type { Call } from "../call.ts";
import { guardFor } from "../ci-guard.ts";
import { EXIT, type ExitCode, exitOf } from "../exit-codes.ts";
import { colours, printJson, wantsJson } from "../output.ts";
import { releaseWith } from "../release-with.ts";
import { outcomeText } from "../render/outcome.ts";
import { checkLine } from "../render/preparation.ts";
import { renderProblems } from "../render/problems.ts";
import { understood } from "../report.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** What a run of the CI is there for, and that done: check, deploy, or nothing and why. */
export async function ci(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const { ci: run } = at;
  if (run === null) {
    throw new Refused([
      problem(
        "no-ci",
        "this is no run of GitHub Actions, GitLab CI, Gitea Actions or Jenkins",
        "by hand it is `sampan check ENV`, `sampan deploy ENV` or `sampan promote FROM ENV`",
      ),
    ]);
  }
  const part = partAsked(call, at);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const guard = guardFor(run, at.random, say);
  guard.begin();
  const plans = new Map<string, Plan>();
  let document = begun(run);
  let exit: ExitCode = EXIT.done;
  try {
    const decided = await decideRun(at, run, part);
    document = withDecision(document, await orSuperseded(at, decided, call.options.decide === true));
    say(`${PROVIDER_NAME[run.provider]}: ${decisionText(document)}\n`);
    if (call.options.decide !== true) {
      const { checks, releases } = await carriedOut(call, { at, decided, document, say });
      document = { ...document, checks, releases };
      exit = exitCode(document);
      for (const { release } of releases) {
        const found = release === null ? null : await (await at.store()).find(release);
        if (found !== null) plans.set(found.id, found.plan);
      }
    }
  } catch (error) {
    const { problems, exit: code } = understood(error);
    document = { ...document, problems };
    exit = code;
    if (!wantsJson(call)) process.stderr.write(renderProblems(problems, colours(process.stderr)));
  } finally {
    guard.end();
  }
  await tell(call, { at, run, outcome: { document, plans }, say });
  if (wantsJson(call)) printJson(document);
  return exit;
}

function partAsked({ options }: Call, at: Workplace): Part {
  const environment = options.environment === undefined ? null : environmentAt(at, options.environment).name;
  if (options.check !== true || environment === null) return { check: options.check === true, environment };
  throw new Refused([problem("two-parts", "--check and --environment are two parts of a run", "give one of them")]);
}

const begun = ({ provider, event, ref, into, commit, page }: CiRun): CiDocument => ({
  formatVersion: 1,
  run: { provider, event, ref, into, commit, page },
  decision: null,
  base: null,
  affected: [],
  checks: [],
  releases: [],
  problems: [],
});

function withDecision(document: CiDocument, { decision, base, affected }: Decided): CiDocument {
  const { kind, why } = decision;
  const environments = kind === "deploy" ? decision.environments : kind === "check" ? [decision.environment] : [];
  return { ...document, decision: { kind, environments, why }, base, affected };
}

/** Runs wait for each other: one whose branch has gone on meanwhile leaves the deployment to the run of the newer commit. */
async function orSuperseded(at: Workplace, decided: Decided, onlyDecide: boolean): Promise<Decided> {
  const { decision, checkout, run } = decided;
  if (onlyDecide || decision.kind !== "deploy" || run.ref?.kind !== "branch") return decided;
  const { upstream } = await withRemote(checkout, { fetch: REMOTE_PATIENCE, signal: at.signal });
  if (upstream === null || upstream.behind === 0 || upstream.ahead > 0) return decided;
  const why = `${upstream.name} is ${upstream.behind} ahead of this commit: the run of the newest deploys`;
  return { ...decided, decision: { kind: "nothing", why } };
}

function decisionText({ decision, affected }: CiDocument): string {
  if (decision === null) return "refused";
  const what = [decision.kind, ...decision.environments].join(" ");
  const reached = affected.map(({ name, because }) => (because === "needs" ? `${name} (needs a changed one)` : name));
  const services =
    decision.kind === "nothing" ? "" : `\naffected: ${reached.length === 0 ? "no service" : reached.join(", ")}`;
  return `${what}: ${oneLine(decision.why)}${services}`;
}

type Carrying = Readonly<{ at: Workplace; decided: Decided; document: CiDocument; say: (text: string) => void }>;

async function carriedOut(
  call: Call,
  { at, decided, document, say }: Carrying,
): Promise<Pick<CiDocument, "checks" | "releases">> {
  const { kind, environments } = document.decision ?? { kind: "nothing", environments: [] };
  switch (kind) {
    case "nothing":
      return { checks: [], releases: [] };
    case "check": {
      const [environment = ""] = environments;
      const onCheck = (result: CheckResult): void => say(checkLine(result));
      const checks = await checkCommit(at, { decided, environment, onCheck });
      say(renderProblems(refusals(checks), false));
      return { checks, releases: [] };
    }
    case "deploy": {
      const releases: ReleaseDocument[] = [];
      for (const name of environments) {
        const environment = environmentAt(at, name);
        const release = await releaseWith(call, { at, environment, from: null, services: null, given: null });
        releases.push(release);
        say(outcomeText(release, false));
        if (release.status !== "verified") break;
      }
      return { checks: [], releases };
    }
  }
}

function exitCode({ checks, releases }: CiDocument): ExitCode {
  if (checks.some(({ verdict }) => verdict !== "passed")) return EXIT.refused;
  const last = releases.at(-1);
  return last === undefined ? EXIT.done : exitOf(last.status);
}

type Telling = Readonly<{ at: Workplace; run: CiRun; outcome: CiOutcome; say: (text: string) => void }>;

/** Evidence as files, and what the provider shows beside the run. What cannot be written is said, and changes no outcome. */
async function tell(call: Call, { at, run, outcome, say }: Telling): Promise<void> {
  const { document, plans } = outcome;
  const summary = summaryOf(outcome);
  if (run.provider === "github" || run.provider === "gitea") {
    for (const line of annotationsOf(document, at.fleet.root)) say(`${line}\n`);
  }
  const files = {
    "ci.json": json(document),
    "summary.md": summary,
    "junit.xml": junitOf(document),
    "sampan.env": dotenvOf(document),
    ...Object.fromEntries([...plans].map(([release, plan]) => [`plan-${release}.json`, json(plan)])),
  };
  const unwritten: Problem[] = [];
  const trying = (what: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      unwritten.push(problem("evidence-unwritten", `${what} could not be written: ${why}`));
    }
  };
  const folder = resolve(String(call.options.evidence));
  trying(folder, () => makeFolder(folder));
  // Inside the repository it must not make the working tree dirty.
  await createFile(join(folder, ".gitignore"), "*\n").catch(() => undefined);
  for (const [name, text] of Object.entries(files)) trying(name, () => writeDurably(join(folder, name), text, 0o644));
  const page = at.processEnv.GITHUB_STEP_SUMMARY;
  if (page !== undefined && isAbsolute(page)) trying("the job's summary", () => appendText(page, summary));
  if (unwritten.length > 0) process.stderr.write(renderProblems(unwritten, false));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
