import type { CheckKind } from "../../checks/check.ts";
import type { Automatic, Checklist } from "../../gates/approval/checklist.ts";

/** Which checks an automatic item is about; `none`: what it means that they ran and had nothing to look at, null where that says nothing. */
export type CheckedBy = Readonly<{ kinds: readonly CheckKind[]; none: string | null }>;

export type CheckedItem = Extract<Automatic["kind"], "branch" | "ci" | "tests" | "variables" | "contracts">;

export const CHECKED_BY: Readonly<Record<CheckedItem, CheckedBy>> = {
  branch: { kinds: ["working-tree", "branch"], none: null },
  ci: { kinds: ["ci"], none: null },
  tests: { kinds: ["test"], none: "no service that changes has tests to run" },
  variables: { kinds: ["variables", "declared", "isolation"], none: null },
  contracts: { kinds: ["contract"], none: "no service that changes has a contract" },
};

/** What a plan alone need not wait for: tests and the CI are asked by a deployment. */
const AT_ONCE: readonly CheckedItem[] = ["variables", "contracts"];

/** The checks that fill a checklist's automatic items as far as a plan looks at them. */
export const checksFor = (checklist: Checklist | null): readonly CheckKind[] =>
  (checklist?.items ?? []).flatMap(({ automatic }) =>
    AT_ONCE.flatMap((kind) => (automatic?.kind === kind ? CHECKED_BY[kind].kinds : [])),
  );
