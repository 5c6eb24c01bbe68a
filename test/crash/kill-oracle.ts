import type { SeenInstance } from "../outside/processes.ts";

/** What is known of a deployment from outside: what was committed, what was told, what is there. */
export type Outside = Readonly<{
  /** Instances that each service is to have. */
  replicas: Readonly<Record<string, number>>;
  before: Readonly<Record<string, string>>;
  wanted: Readonly<Record<string, string>>;
  /** A version of `wanted` must not pass its gates. */
  bad: boolean;
  /** Somebody asked to go back. */
  back: boolean;
  /** How the last command ended. */
  said: Readonly<{ code: number | null; status: string; release: string | null }>;
  instances: readonly SeenInstance[];
  /** Versions and pids that answered through the router. */
  answers: Readonly<Record<string, readonly Readonly<{ status: number; version: string; pid: number }>[]>>;
  status: StatusDocument;
  /** Pids that a further resume found and left, and what it said. */
  again: Readonly<{ instances: readonly SeenInstance[]; code: number | null; release: string | null; routes: boolean }>;
  strangers: readonly string[];
  lost: readonly string[];
  seconds: number;
  /** Seconds within which whatever was cut off must have come to an end. */
  bound: number;
}>;

export type StatusDocument = Readonly<{
  underWay: unknown;
  services: readonly Readonly<{
    name: string;
    revision: Readonly<{ artifact: string }> | null;
    verified: Readonly<{ release: string }> | null;
    instances: readonly Readonly<{ id: string; state: string }>[];
    drift: readonly string[];
  }>[];
}>;

/** Which of the two must be there now: everything new, or everything as it was. Null: it may not end like this. */
export function outcome({ said, bad, back, before, instances }: Outside): "new" | "old" | null {
  if (said.code === 4 && said.status === "rolled-back") return bad || back ? "old" : null;
  if (said.code !== 0 || said.status !== "verified") return null;
  if (said.release !== null) return bad ? null : "new";
  // Nothing was cut off: it died before its first effect, or after its last one.
  const moved = instances.some(({ service, version }) => before[service] !== version);
  return moved && !bad ? "new" : "old";
}

export function violations(outside: Outside): readonly string[] {
  const { said, seconds, bound, strangers, lost } = outside;
  const ended = outcome(outside);
  if (ended === null) return [`I1 it ended ${said.status} (exit ${said.code})`];
  const expected = ended === "new" ? outside.wanted : outside.before;
  return [
    ...Object.keys(outside.replicas).flatMap((service) => {
      const version = expected[service];
      return version === undefined ? nothing(outside, service) : wholly(outside, service, version);
    }),
    ...settled(outside),
    ...strangers.map((stranger) => `I4 left behind: ${stranger}`),
    ...lost.slice(0, 5).map((one) => `I6 lost ${one}`),
    ...(seconds > bound ? [`I10 it took ${seconds} s to end`] : []),
  ];
}

/** I1: one version, the right one, as often as declared, and not once more. */
function wholly({ instances, answers, replicas, status }: Outside, service: string, version: string): string[] {
  const found: string[] = [];
  const count = replicas[service] ?? 0;
  const own = instances.filter((instance) => instance.service === service);
  if (own.length !== count) found.push(`I1 ${service}: ${own.length} processes, not ${count}`);
  for (const { pid, version: runs } of own) {
    if (runs !== version) found.push(`I1 ${service}: process ${pid} is ${runs}, not ${version}`);
  }
  const heard = answers[service] ?? [];
  for (const answer of heard) {
    if (answer.status !== 200 || answer.version !== version || !own.some(({ pid }) => pid === answer.pid))
      found.push(`I1 ${service}: ${answer.status} by ${answer.version} (pid ${answer.pid}), not ${version}`);
  }
  const silent = own.filter(({ pid }) => !heard.some((answer) => answer.pid === pid));
  if (silent.length > 0) found.push(`I1 ${service}: no request reaches pid ${silent.map(({ pid }) => pid).join(", ")}`);
  const told = status.services.find(({ name }) => name === service);
  const artifacts = new Set(own.map(({ artifact }) => artifact));
  if (artifacts.size !== 1 || !artifacts.has(told?.revision?.artifact ?? ""))
    found.push(`I1 ${service}: marked ${told?.revision?.artifact}, runs ${[...artifacts].join(" and ")}`);
  const ids = (list: readonly { id: string }[]) => JSON.stringify(list.map(({ id }) => id).sort());
  if (ids(told?.instances ?? []) !== ids(own)) found.push(`I4 ${service}: status tells of others than there are`);
  if (told?.instances.some(({ state }) => state !== "running")) found.push(`I1 ${service}: not all are running`);
  return [...new Set(found), ...(told?.drift ?? []).map((drift) => `I4 ${service}: drift: ${drift}`)];
}

/** I1: back to what was there before, which was nothing. */
function nothing({ instances, answers, status }: Outside, service: string): string[] {
  const own = instances.filter((instance) => instance.service === service);
  const heard = (answers[service] ?? []).find((answer) => answer.status === 200);
  const told = status.services.find(({ name }) => name === service);
  return [
    ...(own.length === 0 ? [] : [`I1 ${service}: ${own.length} processes where there was nothing`]),
    ...(heard === undefined ? [] : [`I1 ${service}: pid ${heard.pid} answers where there was nothing`]),
    ...(told?.revision == null && (told?.instances.length ?? 0) === 0
      ? []
      : [`I1 ${service}: status tells of something`]),
  ];
}

/** I5: resumed once more, nothing happens. */
function settled({ instances, again, status }: Outside): string[] {
  const pids = (list: readonly SeenInstance[]) => JSON.stringify(list.map(({ pid }) => pid).sort());
  return [
    ...(status.underWay === null ? [] : [`I5 still under way: ${JSON.stringify(status.underWay)}`]),
    ...(again.code === 0 && again.release === null ? [] : [`I5 resumed again: exit ${again.code}, ${again.release}`]),
    ...(pids(instances) === pids(again.instances) ? [] : ["I5 resumed again: other processes"]),
    ...(again.routes ? [] : ["I5 resumed again: other routes"]),
  ];
}
