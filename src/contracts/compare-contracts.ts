import type { ContractChange } from "./compare/change.ts";
import { compareApis } from "./compare/compare-apis.ts";
import { apiOf } from "./model/api-of.ts";
import type { Document } from "./read/document.ts";

/** Every change from one contract to the next, those that break callers first. `today`: `YYYY-MM-DD`. */
export const compareContracts = (
  of: Readonly<{ old: Document; next: Document; today: string }>,
): readonly ContractChange[] => compareApis(apiOf(of.old), apiOf(of.next), of.today);

/** A change that breaks callers, and that nobody allowed. */
export const isBreak = ({ verdict, allowed }: ContractChange): boolean => verdict === "breaking" && allowed === null;
