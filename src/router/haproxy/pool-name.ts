/** Services have any names; their backend sections are numbered. */
export const poolName = (index: number): string => `b${index}`;

/** HAProxy's own number of that section: it is asked for by this. */
export const poolId = (name: string): number => 1000 + Number(name.slice(1));
