import { z } from "zod";
import type { RouterBackend, RouterService, RouterTable } from "../router.ts";
import { backendSchema, routeSchema } from "../table.ts";

/**
 * What HAProxy's one map holds beside the routes themselves: who is who. The map is replaced as a whole in one step, so that what
 * HAProxy does and what it says that it does come from one place.
 */
export type PoolEntry = Readonly<{ service: string; match: RouterService["match"]; position: number }>;

/** HAProxy counts for as long as it runs and never from zero again; this is where a slot's counters stood when it was given away. */
export type Counters = Readonly<{ served: number; failed: number }>;

/** `out`: no longer in the table; it only finishes what it has. */
export type SlotEntry = Readonly<{ backend: RouterBackend; position: number; out: boolean; since: Counters }>;

export const EPOCH_KEY = "epoch";
export const LISTEN_KEY = "listen";
/** How many backend sections there are. */
export const POOLS_KEY = "pools";

/** Zero when HAProxy has just been started: its counters are, too. */
export const NOTHING_COUNTED: Counters = { served: 0, failed: 0 };

const poolSchema: z.ZodType<PoolEntry> = z.strictObject({
  service: z.string().min(1),
  match: z.array(routeSchema),
  position: z.number().int().min(0),
});

const slotSchema: z.ZodType<SlotEntry> = z.strictObject({
  backend: backendSchema,
  position: z.number().int().min(0),
  out: z.boolean(),
  since: z.strictObject({ served: z.number(), failed: z.number() }),
});

const listenSchema: z.ZodType<RouterTable["listen"]> = z.strictObject({
  host: z.string().min(1),
  port: z.number().int(),
});

/** Names may hold anything; a map's value is one word. */
export const coded = (value: PoolEntry | SlotEntry | RouterTable["listen"] | string): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");

const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, "base64").toString("utf8"));

export const poolEntry = (text: string): PoolEntry => poolSchema.parse(decoded(text));
export const slotEntry = (text: string): SlotEntry => slotSchema.parse(decoded(text));
export const listenEntry = (text: string): RouterTable["listen"] => listenSchema.parse(decoded(text));
