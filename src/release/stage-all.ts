import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import type { Cx, InstancesTarget } from "../targets/target.ts";
import type { Configuration } from "./configuration.ts";

/** Each new revision's values go into the target's secret channel before anything needs them. */
export async function stageAll(
  { plan, configuration, turnBack }: Readonly<{ plan: Plan; configuration: Configuration; turnBack: boolean }>,
  target: InstancesTarget,
  cx: Cx,
): Promise<void> {
  await Promise.all(
    plan.services.map(async ({ name, change, to }) => {
      const own = configuration.services.get(name);
      if (change === "none" || to === null) return;
      // Where a value is missing, what is kept there is all there is.
      const known = own?.whole === true ? own : undefined;
      if (turnBack && own?.whole === false) return;
      const fingerprint = known === undefined ? null : await target.fingerprint(name, known.fixed, cx);
      if (fingerprint !== to.variables && !(await target.staged(name, to.variables, cx))) {
        throw new Refused(
          [
            problem(
              "configuration-gone",
              `the variables of ${name} that this plan names are neither configured now nor kept at the target`,
              `plan again: \`sampan plan ${plan.environment}\``,
            ),
          ],
          3,
        );
      }
      // An older revision brings its own values along, but takes those that rotate as they are now.
      if (known === undefined || fingerprint === null) return;
      const rotating = Object.keys(known.rotates).length > 0;
      if (fingerprint !== to.variables && !rotating) return;
      await target.stage({ service: name, fingerprint, variables: known.fixed, rotates: known.rotates }, cx);
    }),
  );
}
