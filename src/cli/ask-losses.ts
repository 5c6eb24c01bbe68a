import { isConfirmed } from "../plan/schema-way-back.ts";
import type { ConfirmLosses } from "../release/plan-rollback.ts";
import type { Call } from "./call.ts";
import { isInteractive } from "./output.ts";
import { askLine } from "./questions.ts";

/** The tables named by `--confirm-loss`; a person at a terminal is asked to write the name of each that is left. */
export function askLosses(call: Call): ConfirmLosses {
  const named = Array.isArray(call.options.confirmLoss) ? call.options.confirmLoss.map(String) : [];
  return async (losses) => {
    const confirmed = [...named];
    if (!isInteractive(call)) return confirmed;
    for (const { service, table, loss } of losses) {
      if (isConfirmed(table, "", confirmed)) continue;
      const question = `${service}: this loses data of ${table}: ${loss}. To agree, write the table's name: `;
      if ((await askLine(question, call.stop)) === table) confirmed.push(table);
    }
    return confirmed;
  };
}
