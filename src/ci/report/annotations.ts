import { isAbsolute, relative } from "node:path";
import { oneLine } from "../../plain.ts";
import type { Problem } from "../../problem.ts";
import { type CiDocument, statusOf } from "./outcome.ts";

/** As GitHub's own toolkit writes what a workflow command says: nothing of it can end the line, or the property. */
const data = (text: string): string => oneLine(text).replaceAll("%", "%25");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Workflow commands of GitHub (and Gitea) Actions: what was decided, and each problem at its place. */
export function annotationsOf(document: CiDocument, root: string): readonly string[] {
  const { decision, releases, problems, checks } = document;
  const status = statusOf(document);
  const what =
    decision === null ? status : `${status}: ${[decision.kind, ...decision.environments].join(" ")}, ${decision.why}`;
  const waiting = releases.filter((one) => one.status === "awaiting-approval").flatMap((one) => one.problems);
  const failing = [
    ...problems,
    ...releases.filter((one) => one.status !== "awaiting-approval").flatMap((one) => one.problems),
    ...checks.filter(({ verdict }) => verdict !== "passed").flatMap((one) => one.problems),
  ];
  return [
    `::notice title=Sampan::${data(what)}`,
    ...failing.map((one) => command("error", one, root)),
    ...waiting.map((one) => command("warning", one, root)),
  ];
}

function command(
  level: "error" | "warning",
  { code, file, line, column, message, hint }: Problem,
  root: string,
): string {
  const inside = file === null ? null : isAbsolute(file) ? relative(root, file) : file;
  const place = inside === null || inside.startsWith("..") ? [] : [`file=${property(inside)}`];
  const at = place.length === 0 || line === null ? [] : [`line=${line}`, ...(column === null ? [] : [`col=${column}`])];
  const told = hint === null ? message : `${message} → ${hint}`;
  return `::${level} ${[...place, ...at, `title=${property(`Sampan: ${code}`)}`].join(",")}::${data(told)}`;
}
