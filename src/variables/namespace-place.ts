import { canonicalHosts } from "./canonical-host.ts";
import type { Place } from "./place.ts";

type Named = Readonly<{ name: string; value: string }>;

const KUBERNETES = /^(.*?)(?:K8S|KUBE|KUBERNETES)_NAMESPACE$/;
const TEMPORAL = /^(.*?)TEMPORAL_NAMESPACE$/;

/**
 * A namespace of a cluster, where another variable says which cluster: the same name in two clusters is two namespaces, so that a name by itself
 * says nothing.
 */
export function namespacePlace(variable: Named, variables: readonly Named[]): Place | null {
  const value = variable.value.trim();
  if (value === "" || /\s/.test(value)) return null;
  const other = (...names: readonly string[]): string | null =>
    names
      .map((name) => variables.find((one) => one.name === name)?.value.trim())
      .find((one) => one !== undefined && one !== "") ?? null;
  const [, cluster] = KUBERNETES.exec(variable.name) ?? [];
  if (cluster !== undefined) {
    const context = other(...["K8S", "KUBE", "KUBERNETES"].map((word) => `${cluster}${word}_CONTEXT`));
    if (context === null) return null;
    return { holds: "namespace", engine: "kubernetes", hosts: [], path: `${context}/${value}`, local: false };
  }
  const [, prefix] = TEMPORAL.exec(variable.name) ?? [];
  const address = prefix === undefined ? null : other(`${prefix}TEMPORAL_ADDRESS`, `${prefix}TEMPORAL_HOST`);
  return address === null
    ? null
    : { holds: "namespace", engine: "temporal", ...canonicalHosts(address, 7233), path: value };
}
