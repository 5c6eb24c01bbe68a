const GIVEN = /^(?:NODE_ENV|PORT|HOST|PATH|HOME|TZ|TMPDIR|CI|SAMPAN_.*|NODE_.*|npm_.*)$/;

/** Names that whoever runs the code provides: they need be neither declared nor set. */
export const isGiven = (name: string): boolean => GIVEN.test(name);
