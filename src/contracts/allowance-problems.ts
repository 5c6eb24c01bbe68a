import { type Problem, problem } from "../problem.ts";
import { isKind } from "./kinds/all.ts";
import type { Api } from "./model/api.ts";

/** Said where the old contract cannot be had. */
export const NOT_COMPARED = "not-compared";

/** What is wrong with `x-sampan-allow`: an allowance that allows nothing is a mistake. */
export function allowanceProblems({ allowed, document }: Api): readonly Problem[] {
  return allowed.flatMap(({ change, because, spot }): readonly Problem[] => {
    const at = document.place(spot);
    const wrong = (message: string, hint: string): Problem => ({
      ...problem("contract-allowance", message, hint),
      ...at,
    });
    if (!isKind(change) && change !== NOT_COMPARED)
      return [
        wrong(
          `x-sampan-allow names ${JSON.stringify(change)}, which is no kind of change`,
          "docs/reference/contract-changes.md lists them",
        ),
      ];
    return because.trim() === "" ? [wrong(`x-sampan-allow of ${change} gives no reason`, "say why by `because:`")] : [];
  });
}
