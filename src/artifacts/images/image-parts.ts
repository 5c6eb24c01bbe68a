import type { Clock } from "../../io/clock.ts";
import type { Engine } from "./engine.ts";
import type { Registries } from "./registries.ts";

/** What all that is done with images is done through. */
export type ImageParts = Readonly<{
  /** Absolute: the fleet's state folder. */
  state: string;
  /** Of the fleet's repository. */
  root: string;
  engine: Engine;
  registries: Registries;
  clock: Clock;
  signal: AbortSignal;
  log: (line: string) => void;
}>;
