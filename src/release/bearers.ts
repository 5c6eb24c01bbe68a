import { numberOf } from "../migrations/migration.ts";
import { type ObservedService, type Revision, sameRevision, shortRevision } from "../plan/observed.ts";
import { type Bearer, knownTo, rollbackTargets } from "../plan/phases.ts";

/**
 * What must bear the schema of a service: its live instances, and the verified revisions that a rollback of this release can return to. The
 * artifact that is coming bears all that it brings.
 */
export function bearersOf({ instances, marks }: ObservedService, coming: Revision, reach: number): readonly Bearer[] {
  const of = (revision: Revision, what: string, role: Bearer["role"]): Bearer => {
    const own = marks
      .filter((one) => one.revision.artifact === revision.artifact)
      .map((mark) => knownTo(mark, numberOf));
    const isComing = revision.artifact === coming.artifact;
    return { what, role, knows: (migration) => isComing || own.some((knows) => knows(migration)) };
  };
  const running = new Map(instances.map(({ revision }) => [revision.artifact, revision]));
  return [
    ...[...running.values()].map((revision) => of(revision, shortRevision(revision), "instance")),
    ...rollbackTargets(marks, coming, reach).map(({ revision, release }) =>
      of(revision, `${shortRevision(revision)} of release ${release}`, "target"),
    ),
    // What is verified now is where a failed release returns to.
    ...marks
      .slice(0, 1)
      .filter((mark) => !sameRevision(mark.revision, coming))
      .map(({ revision }) => of(revision, `${shortRevision(revision)}, which is verified now`, "target")),
  ];
}
