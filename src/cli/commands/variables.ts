import { chosenNames } from "../../fleet/chosen-names.ts";
import { oneLine } from "../../plain.ts";
import type { Problem } from "../../problem.ts";
import { forNobody } from "../../variables/for-nobody.ts";
import { type Elsewhere, type InventoryEntry, inventoryOf } from "../../variables/inventory.ts";
import type { Left } from "../../variables/variable.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { colours, printJson, wantsJson } from "../output.ts";
import { renderProblems } from "../render/problems.ts";
import { table } from "../render/table.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

type ServiceInventory = Readonly<{ name: string; variables: readonly InventoryEntry[] }>;

/** The names of an environment's variables, where each comes from, and what differs elsewhere. Never a value. */
export async function variables(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const wanted = chosenNames(at.fleet, servicesOf(call));
  const read = await at.variables();
  const others = Object.keys(at.fleet.environments).filter((name) => name !== environment.name);
  const problems = new Map<string, Problem>();
  const services: ServiceInventory[] = [];
  for (const name of wanted) {
    const here = await read(environment.name, name);
    if (here.kind === "problems") for (const one of here.problems) problems.set(JSON.stringify(one), one);
    const there = await Promise.all(others.map(async (other) => [other, await read(other, name)] as const));
    services.push({ name, variables: inventoryOf(here, Object.fromEntries(there)) });
  }
  const told = [...problems.values()];
  const everybody = Object.keys(at.fleet.services).map((name) => read(environment.name, name, "as-written"));
  const unclaimed = forNobody(await Promise.all(everybody));
  if (wantsJson(call))
    printJson({ formatVersion: 1, environment: environment.name, services, unclaimed, problems: told });
  else {
    process.stdout.write([...services.map(serviceText), ...unclaimedText(unclaimed)].join("\n"));
    if (told.length > 0) process.stderr.write(renderProblems(told, colours(process.stderr)));
  }
  return told.length === 0 ? EXIT.done : EXIT.refused;
}

const unclaimedText = (left: readonly Left[]): readonly string[] =>
  left.length === 0
    ? []
    : [
        `no service declares these, and none is handed them: add each to the .env.example of who needs it, or remove it\n${table(
          left.map(({ name, file, line }) => [name, oneLine(`${file}:${line}`)]),
        )}`,
      ];

function serviceText({ name, variables: entries }: ServiceInventory): string {
  if (entries.length === 0) return `${name}: no variables\n`;
  const rows = entries.map((entry) => [
    entry.name,
    oneLine(entry.source === null ? stateText(entry) : sourceText(entry)),
    marks(entry),
    elsewhereText(entry),
  ]);
  return `${name}\n${table(rows)}`;
}

const sourceText = ({ source, reference }: InventoryEntry): string =>
  reference === null ? (source ?? "") : `${source}: ${reference.text ?? "a reference"} by \`${reference.command}\``;

const stateText = ({ state, optional }: InventoryEntry): string =>
  state === "unread" ? "cannot be read" : state === "not-set" ? (optional ? "not set (optional)" : "not set") : "";

const marks = ({ secret, rotates, state, declared }: InventoryEntry): string =>
  [
    ...(secret ? ["secret"] : []),
    ...(rotates ? ["rotates"] : []),
    ...(state === "empty" ? ["empty"] : []),
    ...(state === "unresolved" ? ["not resolved"] : []),
    ...(declared === null ? ["not declared"] : []),
  ].join(", ");

const WORDS: Readonly<Record<Elsewhere, string>> = {
  same: "the same",
  differs: "another value",
  "not-set": "not set",
  unread: "cannot be read",
};

const elsewhereText = ({ elsewhere }: InventoryEntry): string =>
  Object.entries(elsewhere)
    .map(([environment, what]) => `${environment}: ${WORDS[what]}`)
    .join(", ");
