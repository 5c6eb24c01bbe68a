import type { Plan } from "../plan/plan.ts";
import type { InstancesTarget, ReadCx } from "../targets/target.ts";
import { createMask, type Mask } from "../variables/mask.ts";
import { looksSecret } from "../variables/secrecy.ts";
import type { Configuration } from "./configuration.ts";

/**
 * Hides the secrets that are configured now, and those of the revisions that a plan leaves and reaches: what an older revision logs
 * may quote a password that no file holds any more.
 */
export async function maskOf(
  { services }: Configuration,
  { plan, target, cx }: Readonly<{ plan: Plan; target: InstancesTarget; cx: ReadCx }>,
): Promise<Mask> {
  const secrets = [...services.values()].flatMap(({ all }) => all.variables.filter(({ secret }) => secret));
  const kept = plan.services.flatMap(({ name, change, from, to }) => {
    const fingerprints = change === "none" ? [] : [from?.variables, to?.variables];
    return fingerprints.filter((one) => one !== undefined).map((fingerprint) => ({ name, fingerprint }));
  });
  const revealed = await Promise.all(
    kept.map(async ({ name, fingerprint }) => {
      const known = new Set(secrets.map((secret) => secret.name));
      const values = (await target.reveal(name, fingerprint, cx)) ?? {};
      return Object.entries(values)
        .filter(([variable, value]) => known.has(variable) || looksSecret(variable, value))
        .map(([variable, value]) => ({ name: variable, value }));
    }),
  );
  return createMask([...secrets, ...revealed.flat()]);
}
