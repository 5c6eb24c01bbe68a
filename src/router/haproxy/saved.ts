import type { RouterTable } from "../router.ts";
import type { Placement } from "./placement.ts";

/** With what HAProxy is started the next time: the table, where each part of it goes, and how many backend sections there are. */
export type Saved = Readonly<{ table: RouterTable; placements: readonly Placement[]; pools: number }>;
