import { type Found, failed, inconclusive, passed } from "../checks/check.ts";
import { problem } from "../problem.ts";
import type { Status } from "./statuses/status.ts";

/** Is the CI green? Pure. Nothing said is not green: a commit that nobody has judged is no better than a red one. */
export function greenOf(
  statuses: readonly Status[],
  { commit, where }: Readonly<{ commit: string; where: string }>,
): Found {
  const short = commit.slice(0, 7);
  const named = (state: Status["state"]): readonly Status[] => statuses.filter((one) => one.state === state);
  const [red, pending, green] = [named("red"), named("pending"), named("green")];
  const said = `${where} on ${short}: ${green.length} green, ${red.length} red, ${pending.length} still running`;
  if (red.length > 0)
    return failed(said, [
      problem(
        "ci-red",
        `the CI is red on ${short}: ${list(red)}`,
        `make them green, then deploy that commit${seeAt(red)}`,
      ),
    ]);
  if (pending.length > 0)
    return inconclusive(said, [
      problem("ci-pending", `the CI has not finished on ${short}: ${list(pending)}`, "wait for it, then try again"),
    ]);
  if (green.length === 0)
    return inconclusive(said, [
      problem(
        "ci-silent",
        `no check of the CI has passed on ${short}`,
        "let the CI test what is deployed, or take `requires` out",
      ),
    ]);
  return passed(said);
}

const SHOWN = 5;

function list(statuses: readonly Status[]): string {
  const names = [...new Set(statuses.map(({ name }) => name.slice(0, 100)))];
  return `${names.slice(0, SHOWN).join(", ")}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ""}`;
}

const seeAt = (statuses: readonly Status[]): string => {
  const page = statuses.find((one) => one.page !== null && /^https?:\/\/[!-~]{1,300}$/.test(one.page))?.page;
  return page === undefined || page === null ? "" : `: ${page}`;
};
