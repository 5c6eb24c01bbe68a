import { absent } from "./methods/absent.ts";
import { bring } from "./methods/bring.ts";
import { claim } from "./methods/claim.ts";
import { engine } from "./methods/engine.ts";
import { fetch } from "./methods/fetch.ts";
import { find } from "./methods/find.ts";
import { fingerprint } from "./methods/fingerprint.ts";
import { get } from "./methods/get.ts";
import { hello } from "./methods/hello.ts";
import { logs } from "./methods/logs.ts";
import { mark } from "./methods/mark.ts";
import { observe } from "./methods/observe.ts";
import { prune } from "./methods/prune.ts";
import { retire } from "./methods/retire.ts";
import { reveal } from "./methods/reveal.ts";
import { revive } from "./methods/revive.ts";
import { scopes } from "./methods/scopes.ts";
import { shift } from "./methods/shift.ts";
import { shutdown } from "./methods/shutdown.ts";
import { stage } from "./methods/stage.ts";
import { staged } from "./methods/staged.ts";
import { missing, surround } from "./methods/surroundings.ts";
import { teardown } from "./methods/teardown.ts";
import { traffic } from "./methods/traffic.ts";
import { tryRouting } from "./methods/try-routing.ts";
import { unmark } from "./methods/unmark.ts";
import { unrecorded } from "./methods/unrecorded.ts";

/** All that an agent can be told. */
export const methods = {
  hello,
  claim,
  observe,
  find,
  get,
  bring,
  revive,
  retire,
  tryRouting,
  shift,
  traffic,
  mark,
  unmark,
  fingerprint,
  stage,
  staged,
  reveal,
  prune,
  logs,
  scopes,
  engine,
  unrecorded,
  fetch,
  absent,
  missing,
  surround,
  teardown,
  shutdown,
} as const;

export type Methods = typeof methods;
