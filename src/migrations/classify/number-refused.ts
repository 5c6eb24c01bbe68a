import { callsIn, walk } from "./ast.ts";
import { keyOf, type Relation, type World } from "./world/world.ts";

/**
 * Why a default that takes a number from a sequence refuses the INSERTs of old code: a role that writes the table, and leaves the column out,
 * may not use the sequence. Null: it may, or nobody can tell.
 */
export function numberRefused(
  world: World,
  { value, table }: Readonly<{ value: unknown; table: Relation | undefined }>,
): string | null {
  if (value === undefined || !callsIn(value).includes("nextval")) return null;
  const name = sequenceIn(value);
  const granted = name === null ? null : (world.relations.get(keyOf(world, name.split(".")))?.grantees ?? null);
  if (granted === null || granted.includes("public")) return null;
  const left = (table?.grantees ?? []).filter((role) => !granted.includes(role));
  if (left.length > 0) return `${left.join(", ")}, who may write the table, may not use the sequence ${name ?? ""}`;
  return granted.length === 0 && table?.grantees == null
    ? `nobody but its owner may use the sequence ${name ?? ""}, so the INSERTs of other roles fail`
    : null;
}

/** The name in `nextval('name')`. */
function sequenceIn(value: unknown): string | null {
  let name: string | null = null;
  walk(value, (tag, body) => {
    const text = tag === "A_Const" ? (body as { sval?: { sval?: string } }).sval?.sval : undefined;
    name ??= text ?? null;
  });
  return (name as string | null)?.replaceAll('"', "") ?? null;
}
