import { isoSeconds } from "../../io/iso-time.ts";
import { problem, Refused } from "../../problem.ts";
import { reportedReleases } from "../../release/report.ts";
import { csv } from "../../report/csv.ts";
import { type Change, changesOf, endedIn, type Figures, figuresOf, median, type Period } from "../../report/figures.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { table } from "../render/table.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** How often, how fast and how well an environment is deployed to. */
export async function report(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  if (wantsJson(call) && call.options.csv === true)
    throw new Refused([problem("two-formats", "--json and --csv are two formats", "give one of them")]);
  const to = at.clock.now() + 1;
  const days = Number(call.options.days);
  const period: Period = { from: to - days * DAY, to };
  const changes = changesOf(await reportedReleases(at, environment, period.from));
  if (call.options.csv === true) process.stdout.write(changesCsv(changes, period));
  else {
    const whole = figuresOf(changes, period);
    const weeks = weeksOf(period).map((week) => ({ ...shown(week), ...figuresOf(changes, week) }));
    const document = { formatVersion: 1, environment: environment.name, ...shown(period), ...whole, weeks };
    if (wantsJson(call)) printJson(document);
    else process.stdout.write(text(environment.name, { days, whole, weeks }));
  }
  return EXIT.done;
}

const shown = ({ from, to }: Period) => ({ from: isoSeconds(from), to: isoSeconds(to) });

/** Whole weeks that end now, the oldest first; what is left over belongs to the first. */
function weeksOf({ from, to }: Period): readonly Period[] {
  const weeks: Period[] = [];
  for (let end = to; end > from; end -= WEEK) weeks.unshift({ from: Math.max(from, end - WEEK), to: end });
  return weeks;
}

function changesCsv(changes: readonly Change[], period: Period): string {
  const head = [
    "release",
    "kind",
    "outcome",
    "status",
    "by",
    "commit",
    "began",
    "ended",
    "lead_seconds",
    "restore_seconds",
    "services",
    "break_glass",
  ];
  const rows = changes
    .filter((change) => endedIn(change, period))
    .map(({ release, outcome, leadSeconds, restoreSeconds }) => [
      release.id,
      release.kind,
      outcome,
      release.status,
      release.by,
      release.commit,
      isoSeconds(release.createdAt),
      release.endedAt === null ? null : isoSeconds(release.endedAt),
      median(leadSeconds),
      restoreSeconds,
      release.services.join(" "),
      release.breakGlass,
    ]);
  return csv([head, ...rows]);
}

type Shown = Readonly<{ days: number; whole: Figures; weeks: readonly (Figures & Readonly<{ from: string }>)[] }>;

function text(environment: string, { days, whole, weeks }: Shown): string {
  const row = (name: string, figures: Figures): readonly string[] => [
    name,
    String(figures.deployments),
    figures.perDay.toFixed(2),
    span(figures.leadSeconds),
    figures.failureRate === null ? "–" : `${Math.round(figures.failureRate * 100)} % (${figures.failed})`,
    span(figures.restoreSeconds),
  ];
  return table([
    [environment, "deployments", "a day", "commit to verified", "failed", "time to restore"],
    row(`last ${days} days`, whole),
    ...weeks.map((week) => row(`week from ${week.from.slice(0, 10)}`, week)),
  ]);
}

/** `3.2 h`: one unit is enough for a median. */
function span(seconds: number | null): string {
  if (seconds === null) return "–";
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 6) / 10} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 8640) / 10} days`;
}
