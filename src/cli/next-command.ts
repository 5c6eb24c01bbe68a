import type { ReleaseRecord } from "../engine/store.ts";

/** The command that carries out a release that has waited: the one that was asked for, with the services that it was asked for. */
export function nextCommand({ kind, environment, plan, evidence }: ReleaseRecord, services: readonly string[]): string {
  const names = plan.services.map(({ name }) => name);
  const some = services.every((name) => names.includes(name)) ? "" : ` ${names.join(" ")}`;
  if (kind === "rollback") return `sampan rollback ${environment}`;
  if (kind === "promote") return `sampan promote ${String(evidence.from)} ${environment}${some}`;
  return `sampan deploy ${environment}${some}`;
}
