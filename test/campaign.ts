/**
 * Kill, load and fault campaigns are long: `npm test` runs a seeded tenth of each, `npm run campaign` all of it.
 * A failure is repeated with the seed that its run printed: `SAMPAN_SEED=7 npm test`.
 */
export const seed: number = Number.parseInt(process.env.SAMPAN_SEED ?? "1", 10);

/** How many of `full` cases this run takes; never none. */
export const campaign = (full: number): number =>
  process.env.SAMPAN_CAMPAIGN === "full" ? full : Math.max(1, Math.ceil(full / 10));
