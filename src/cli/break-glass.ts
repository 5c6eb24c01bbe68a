import { problem, Refused } from "../problem.ts";
import type { Call } from "./call.ts";

/** The reason that `--break-glass` was given; null: it was not. @throws Refused for none, or for more than a line. */
export function brokenGlass({ options }: Call): string | null {
  if (options.breakGlass === undefined) return null;
  const reason = String(options.breakGlass).trim();
  if (reason !== "" && reason.length <= 400 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(reason)) return reason;
  throw new Refused([
    problem(
      "break-glass-reason",
      "--break-glass needs a reason of one line, of at most 400 characters",
      "say why it cannot wait: it is kept with the release",
    ),
  ]);
}
