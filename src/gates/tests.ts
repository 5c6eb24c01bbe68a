import type { GateSpec } from "../plan/plan.ts";
import { tryCommand } from "./smoke/command.ts";
import { type Finding, failed, type GateCx, type GateSubject, passed } from "./subject.ts";

/** The environment's own tests, in the repository's root, with SAMPAN_ENTRANCE set to the router. */
export async function testsGate(
  { command, timeout }: Extract<GateSpec, { kind: "tests" }>,
  on: Pick<GateSubject, "root" | "entrance">,
  cx: GateCx,
): Promise<Finding> {
  const { signal, mask } = cx;
  const to = { endpoint: null, entrance: on.entrance, folder: on.root, signal, mask };
  const { failure, detail } = await tryCommand({ kind: "command", command, timeout }, to);
  const name = command.join(" ");
  return failure === null ? passed(`${name}: passed`) : failed(`${name}: ${failure}`, detail);
}
