import { type DefaultRenderer, Listr, type ListrTaskWrapper, type SimpleRenderer } from "listr2";
import type { EngineEvent } from "../../engine/events.ts";
import { oneLine } from "../../plain.ts";
import { describe } from "./plan.ts";
import type { Progress } from "./progress.ts";

type Line = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

type Track = {
  settle: (error?: Error) => void;
  done: Promise<void>;
  line: Line | null;
  left: number;
  title: string;
  undone: boolean;
};

/** A live tree on a terminal: a line a service, with the step it is at. */
export function liveProgress(): Progress {
  const tracks = new Map<string, Track>();
  let shown: Promise<unknown> = Promise.resolve();

  const begin = (event: Extract<EngineEvent, { kind: "plan" }>): void => {
    for (const { service } of event.plan.steps) {
      const known = tracks.get(service);
      if (known !== undefined) {
        known.left += 1;
        continue;
      }
      let settle: Track["settle"] = () => {};
      const done = new Promise<void>((resolve, reject) => {
        settle = (error) => (error === undefined ? resolve() : reject(error));
      });
      // Nobody waits for a track that the tree has given up.
      done.catch(() => {});
      tracks.set(service, { settle, done, line: null, left: 1, title: service, undone: false });
    }
    const tree = new Listr(
      [...tracks.values()].map((track) => ({
        title: track.title,
        task: async (_: unknown, line: Line) => {
          track.line = line;
          await track.done;
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        rendererOptions: { collapseErrors: false },
        registerSignalListeners: false,
      },
    );
    shown = tree.run().catch(() => {});
  };

  const onEvent = (event: EngineEvent): void => {
    if (event.kind === "plan") {
      begin(event);
      return;
    }
    if (event.kind === "ended") {
      for (const track of tracks.values()) {
        if (track.undone && track.line !== null) track.line.title = `${track.title}  rolled back`;
        track.settle(track.undone ? new Error("rolled back") : undefined);
      }
      return;
    }
    if (event.kind === "turned") return;
    const track = tracks.get(event.step.service);
    if (track === undefined) return;
    const say = (text: string): void => {
      if (track.line !== null) track.line.title = `${track.title}  ${oneLine(text)}`;
    };
    const action = event.way === "undo" ? (event.step.undo ?? event.step.action) : event.step.action;
    switch (event.kind) {
      case "step-started":
        say(`${event.way === "undo" ? "taking back: " : ""}${describe(action)}`);
        return;
      case "step-retried":
        say(`${event.fault.message}; trying again`);
        return;
      case "step-failed":
        say(event.fault.message);
        if (event.way === "do") track.settle(new Error(oneLine(event.fault.message)));
        return;
      case "step-done":
        if (event.way === "undo") {
          track.undone = true;
          return;
        }
        track.left -= 1;
        if (track.left === 0) {
          say("verified");
          track.settle();
        }
    }
  };

  return {
    onEvent,
    end: async () => {
      for (const track of tracks.values()) track.settle();
      await shown;
    },
  };
}
