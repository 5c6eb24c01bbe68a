import { isGiven } from "./given.ts";
import type { ReadVariables } from "./read-variables.ts";
import { type Declared, describeSource, type Variable } from "./variable.ts";

/** What another environment has of a name, beside this one. Whether two secrets are one is told, what they are is not. */
export type Elsewhere = "same" | "differs" | "not-set" | "unread";

/** One name of a service's configuration in an environment. Never its value. */
export type InventoryEntry = Readonly<{
  name: string;
  /** `unresolved`: its reference's command did not say it; `unread`: it may stand in a file that could not be read. */
  state: "set" | "empty" | "not-set" | "unresolved" | "unread";
  /** Where its value comes from: `env/staging.env:3`; null: it has none. */
  source: string | null;
  /** What it refers to, null where that is not shown, and the command that says it; null: the value itself is written there. */
  reference: Readonly<{ text: string | null; command: string }> | null;
  /** Where it is declared: `services/blog/.env.example:4`; null: it is not. */
  declared: string | null;
  optional: boolean;
  secret: boolean;
  rotates: boolean;
  elsewhere: Readonly<Record<string, Elsewhere>>;
}>;

/** Every name that a service declares or is given, and what differs between environments. */
export function inventoryOf(
  here: ReadVariables,
  others: Readonly<Record<string, ReadVariables>>,
): readonly InventoryEntry[] {
  const set = byName(here);
  const declared = new Map(declaredIn(here).map((entry) => [entry.name, entry]));
  const there = Object.entries(others).map(([environment, read]) => ({ environment, read, values: byName(read) }));
  const partly = isPartlyRead(here);
  const known = there.flatMap(({ read }) => [...byName(read).keys()]);
  const names = [...new Set([...declared.keys(), ...set.keys(), ...known])].sort();
  return names.flatMap((name): readonly InventoryEntry[] => {
    const variable = set.get(name);
    const entry = declared.get(name);
    if (variable === undefined && isGiven(name)) return [];
    return [
      {
        name,
        state: variable === undefined && partly ? "unread" : stateOf(variable),
        source: variable === undefined ? null : describeSource(variable.source),
        reference: referenceOf(variable),
        declared: entry === undefined ? null : `${entry.file}:${entry.line}`,
        optional: variable?.optional ?? entry?.optional ?? false,
        secret: variable?.secret ?? entry?.secret ?? there.some(({ values }) => values.get(name)?.secret === true),
        rotates: variable?.rotates ?? entry?.rotates ?? false,
        elsewhere: Object.fromEntries(
          there.map(({ environment, read, values }) => [environment, elsewhere(variable, values.get(name), read)]),
        ),
      },
    ];
  });
}

function elsewhere(mine: Variable | undefined, their: Variable | undefined, read: ReadVariables): Elsewhere {
  if (their === undefined) return read.kind === "problems" ? "unread" : "not-set";
  if (isUnresolved(mine) || isUnresolved(their)) {
    const text = mine?.reference?.text ?? null;
    return text !== null && text === their.reference?.text ? "same" : "unread";
  }
  return mine !== undefined && mine.value === their.value ? "same" : "differs";
}

/** More is wrong than commands that did not say their values: files, whose names nobody knows then. */
const isPartlyRead = (read: ReadVariables): boolean =>
  read.kind === "problems" &&
  read.problems.some((problem) => !read.found.some(({ reference }) => reference?.problem === problem));

const isUnresolved = (variable: Variable | undefined): boolean =>
  variable !== undefined && variable.reference !== null && variable.reference.problem !== null;

function stateOf(variable: Variable | undefined): InventoryEntry["state"] {
  if (variable === undefined) return "not-set";
  if (isUnresolved(variable)) return "unresolved";
  return variable.value.trim() === "" ? "empty" : "set";
}

const referenceOf = (variable: Variable | undefined): InventoryEntry["reference"] =>
  variable === undefined || variable.reference === null
    ? null
    : { text: variable.reference.text, command: variable.reference.command };

const variablesIn = (read: ReadVariables): readonly Variable[] =>
  read.kind === "problems" ? read.found : read.variables.variables;

const declaredIn = (read: ReadVariables): readonly Declared[] =>
  read.kind === "problems" ? read.declared : read.variables.declared;

const byName = (read: ReadVariables): ReadonlyMap<string, Variable> =>
  new Map(variablesIn(read).map((variable) => [variable.name, variable]));
