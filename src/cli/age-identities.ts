import { homedir } from "node:os";
import { Refused } from "../problem.ts";
import type { Workplace } from "../release/workplace.ts";
import { type AgeIdentities, readAgeIdentities } from "../variables/age.ts";

/** The keys of whoever runs this. @throws Refused where they cannot be read */
export async function ageIdentities({ processEnv }: Pick<Workplace, "processEnv">): Promise<AgeIdentities> {
  const { identities, problems } = await readAgeIdentities({ processEnv, home: homedir() });
  if (problems.length > 0) throw new Refused(problems);
  return identities;
}
