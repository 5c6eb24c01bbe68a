import type { Case } from "./corpus.ts";
import type { Said } from "./judge-case.ts";
import type { Measured } from "./measure.ts";

export type Outcome = Readonly<{ one: Case; measured: Measured; said: Said }>;

const held = ({ said }: Outcome): boolean => ["contract", "unknown", "data"].includes(said.worst);
const refused = ({ said }: Outcome): boolean => ["contract", "unknown"].includes(said.worst);
const breaks = ({ measured }: Outcome): boolean => Object.keys(measured.broken).length > 0;
const stars = ({ measured }: Outcome): boolean => Object.keys(measured.brokenStars).length > 0;

export const isMissed = (one: Outcome): boolean => one.measured.refused === null && breaks(one) && !held(one);
export const isAlarm = (one: Outcome): boolean =>
  one.measured.refused === null && !breaks(one) && !stars(one) && refused(one);

/** The figures of docs/guide/safe-migrations.md. What PostgreSQL itself refuses counts nowhere: nothing happened. */
export function tally(outcomes: readonly Outcome[]) {
  const ran = outcomes.filter(({ measured }) => measured.refused === null);
  const breaking = ran.filter(breaks);
  const starsOnly = ran.filter((one) => !breaks(one) && stars(one));
  const harmless = ran.filter((one) => !breaks(one) && !stars(one));
  return {
    statements: outcomes.length,
    refusedByPostgres: outcomes.length - ran.length,
    breaking: breaking.length,
    /** Kept from running before the roll-out: refused, kept pending, or run after it as data. */
    caught: breaking.filter(held).length,
    starsOnly: starsOnly.length,
    starsTold: starsOnly.filter(({ said }) => said.worst !== "expand").length,
    harmless: harmless.length,
    falseAlarms: ran.filter(isAlarm).length,
    missed: ran.filter(isMissed).map(({ one }) => one.sql.join("; ")),
    alarmed: ran.filter(isAlarm).map(({ one }) => one.sql.join("; ")),
  };
}
