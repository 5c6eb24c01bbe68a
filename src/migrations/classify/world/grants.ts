import type { GrantStmt } from "libpg-query";
import { rangeParts } from "../ast.ts";
import { newRelation, type Relation, relationAt, type World } from "./world.ts";

/** A sequence of which nobody but its owner, and those who are granted every new one, may take a number. */
export const newSequence = (world: World, fresh: boolean): Relation => ({
  ...newRelation("sequence", { fresh, whole: true }),
  grantees: fresh ? [...world.sequencesFor] : null,
});

/** Whom a GRANT names. */
export const granteesIn = ({ grantees }: GrantStmt): readonly string[] =>
  (grantees ?? []).flatMap((one) =>
    "RoleSpec" in one ? [one.RoleSpec.roletype === "ROLESPEC_PUBLIC" ? "public" : (one.RoleSpec.rolename ?? "")] : [],
  );

/** The world after a GRANT on tables or sequences; what a REVOKE takes away is its own rule's affair. */
export function grant(world: World, made: GrantStmt): void {
  if (made.is_grant !== true) return;
  const names = granteesIn(made);
  const add = (relation: Relation | undefined): void => {
    if (relation?.grantees != null) relation.grantees = [...new Set([...relation.grantees, ...names])];
  };
  if (made.targtype === "ACL_TARGET_OBJECT") {
    for (const object of made.objects ?? [])
      if ("RangeVar" in object) add(relationAt(world, rangeParts(object.RangeVar)));
    return;
  }
  const sequences = made.objtype === "OBJECT_SEQUENCE";
  if (!sequences && made.objtype !== "OBJECT_TABLE") return;
  for (const relation of world.relations.values()) if ((relation.kind === "sequence") === sequences) add(relation);
}
