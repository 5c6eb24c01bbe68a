import { styleText } from "node:util";
import type { EngineEvent, OnEvent } from "../../engine/events.ts";
import { oneLine } from "../../plain.ts";
import { describe } from "./plan.ts";

/** Follows a run; `end` gives the terminal back. */
export type Progress = Readonly<{ onEvent: OnEvent; end: () => Promise<void> }>;

/** One line an event: what scripts, CI and people without a terminal get. */
export function lineProgress(write: (text: string) => void, colour: boolean): Progress {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const onEvent = (event: EngineEvent): void => {
    switch (event.kind) {
      case "step-done": {
        const gate = event.outcome.gate;
        const what =
          event.way === "undo"
            ? `taken back: ${describe(event.step.undo ?? event.step.action)}`
            : (gate?.evidence ?? describe(event.step.action));
        write(
          `${paint("green", "✓")} ${event.step.id} ${oneLine(what)} ${paint("dim", `${Math.round(event.took)} ms`)}\n`,
        );
        return;
      }
      case "step-failed":
        write(`${paint("red", "✗")} ${event.step.id} ${oneLine(event.fault.message)}\n`);
        for (const line of event.fault.evidence.split("\n").filter(Boolean).slice(0, 10))
          write(`    ${oneLine(line)}\n`);
        return;
      case "step-retried":
        write(`${paint("yellow", "↻")} ${event.step.id} ${oneLine(event.fault.message)}; trying again\n`);
        return;
      case "turned":
        write(
          `${paint("yellow", "←")} ${event.towards === "halted" ? "stopping" : "going back"}: ${event.services.join(", ") || "nothing to take back"}\n`,
        );
        return;
      case "plan":
      case "step-started":
      case "ended":
        return;
    }
  };
  return { onEvent, end: async () => {} };
}
