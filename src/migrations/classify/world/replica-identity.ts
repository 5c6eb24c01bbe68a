import type { Node } from "libpg-query";
import type { Relation } from "./world.ts";

const KINDS: Readonly<Record<string, Relation["replicaIdentity"]>> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

/** By the letter that PostgreSQL keeps. */
export const replicaIdentityNamed = (letter: string): Relation["replicaIdentity"] => KINDS[letter] ?? null;

export const replicaIdentityOf = (def: Node | undefined): Relation["replicaIdentity"] =>
  def !== undefined && "ReplicaIdentityStmt" in def
    ? replicaIdentityNamed(def.ReplicaIdentityStmt.identity_type ?? "")
    : null;

/** False where a replica could not be told which row an UPDATE or DELETE means; null: not known. */
export function tellsRows(relation: Relation | undefined): boolean | null {
  if (relation === undefined) return null;
  switch (relation.replicaIdentity) {
    case "full":
    case "index":
      return true;
    case "nothing":
      return false;
    default:
      if ([...relation.constraints.values()].some(({ kind }) => kind === "primary")) return true;
      return relation.whole && relation.replicaIdentity !== null ? false : null;
  }
}
