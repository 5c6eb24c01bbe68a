import type { Environment } from "../fleet/fleet.ts";
import { type Problem, problem } from "../problem.ts";
import { closedBy, localName, opensAt } from "../rules/window.ts";
import { type Found, failed, passed } from "./check.ts";

/** Who asks for a deployment, when, and from where. */
export type Asking = Readonly<{
  /** Milliseconds since the epoch. */
  now: number;
  /** `run 17 of GitHub Actions`; null: no CI does. */
  ci: string | null;
  /** Why a person sets the rules of time and place aside; null: nobody does. */
  breakGlass: string | null;
}>;

/**
 * May one deploy here, now, from here? Breaking the glass sets these rules aside and is recorded; what was proven of a commit (`after`, `requires`, checks,
 * approvals) it does not replace.
 */
export function checkRules(
  environment: Pick<Environment, "name" | "frozen" | "windows" | "from">,
  { now, ci, breakGlass }: Asking,
): Found {
  const { name, frozen, windows, from } = environment;
  const problems: Problem[] = [];
  const refuse = (code: string, message: string, hint: string) => problems.push(problem(code, message, hint));
  const glass = "where that cannot wait: --break-glass REASON, which is recorded";
  if (frozen !== null)
    refuse("frozen", `${name} is frozen: ${frozen}`, `take \`frozen\` out once it is over; ${glass}`);
  const closed = closedBy(windows, now);
  if (closed !== null) {
    const opens = opensAt(windows, now);
    const until = opens === null ? "nobody knows when" : localName(closed.zone, opens);
    refuse("window-closed", `nobody deploys to ${name} now: ${closed.because}`, `it opens at ${until}; ${glass}`);
  }
  if (from === "ci" && ci === null) {
    refuse(
      "not-from-ci",
      `only the CI deploys to ${name}, and this is none of its runs`,
      `let \`sampan ci\` do it; ${glass}`,
    );
  }
  const seen = [
    ci === null ? "asked for by a person" : `asked for by ${ci}`,
    frozen === null ? "not frozen" : "frozen",
    windows.length === 0 ? "no windows" : closed === null ? "no window closed" : "a window closed",
  ].join("; ");
  if (problems.length === 0) return passed(seen);
  if (breakGlass === null) return failed(seen, problems);
  return passed(`${seen}; set aside (${problems.map(({ code }) => code).join(", ")}) because ${breakGlass}`);
}
