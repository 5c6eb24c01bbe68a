import { dirname, join } from "node:path";
import type { Fleet } from "../../fleet/fleet.ts";
import { createFile } from "../../io/create-file.ts";
import { makeFolder } from "../../io/make-folder.ts";
import type { Language } from "../../language.ts";
import { problem, Refused } from "../../problem.ts";
import { standardChecklist } from "./standard-checklist.ts";

const USUAL = "checklists/production.yaml";

export type WrittenChecklist = Readonly<{
  /** Absolute. */
  written: string;
  /** What is left to do by hand, one line each. */
  undecided: readonly string[];
}>;

/**
 * Writes the standard checklist where an environment names one that is not there yet, else for the last environment of the way to production.
 * @throws Refused where there is one already: nothing is ever overwritten.
 */
export async function writeChecklist(
  { root, environments }: Pick<Fleet, "root" | "environments">,
  language: Language | null,
): Promise<WrittenChecklist> {
  const all = Object.values(environments);
  const naming = all.filter(({ approval }) => approval?.checklist != null);
  const last = all.findLast(({ after }) => after !== null) ?? all.at(-1);
  const wanted = naming.length > 0 ? naming : last === undefined ? [] : [last];
  for (const environment of wanted) {
    const written = join(root, environment.approval?.checklist ?? USUAL);
    makeFolder(dirname(written), 0o755);
    if (!(await createFile(written, standardChecklist(environment, language)))) continue;
    const { name, approval, requires } = environment;
    return {
      written,
      undecided: [
        ...(approval?.checklist == null ? [`let ${name} ask for it: approval: { checklist: ${USUAL} }`] : []),
        ...(requires.includes("ci")
          ? []
          : ["ci-green is a person's: with `requires: [ci]` Sampan can ask the CI itself"]),
        "monitoring-answers: where does your monitoring answer?",
      ],
    };
  }
  const files = wanted.map(({ approval }) => approval?.checklist ?? USUAL).join(", ");
  const message = `there is a checklist already: ${files}`;
  throw new Refused([problem("checklist-exists", message, "change it, or move it away first")]);
}
