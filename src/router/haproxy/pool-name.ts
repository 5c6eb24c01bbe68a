/** Services have any names; their backend sections are numbered. */
export const poolName = (index: number): string => `b${index}`;
