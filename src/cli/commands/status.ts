import type { Environment } from "../../fleet/fleet.ts";
import { driftOf } from "../../plan/drift.ts";
import { shortRevision } from "../../plan/observed.ts";
import { heldNow } from "../../release/lease.ts";
import { unfinished } from "../../release/resume.ts";
import type { Workplace } from "../../release/workplace.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { table } from "../render/table.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** What runs, read from the target; the store only adds which release is under way. */
export async function status(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const named = call.args[0];
  const environments = named === undefined ? Object.values(at.fleet.environments) : [environmentAt(at, named)];
  const documents = await Promise.all(environments.map((environment) => statusOf(at, environment)));
  if (wantsJson(call)) printJson(named === undefined ? { formatVersion: 1, environments: documents } : documents[0]);
  else process.stdout.write(documents.map(statusText).join("\n"));
  return EXIT.done;
}

type StatusDocument = Awaited<ReturnType<typeof statusOf>>;

async function statusOf(at: Workplace, environment: Environment) {
  const store = await at.store();
  const [observed, cutOff, lease] = await Promise.all([
    at.target(environment).observe({ signal: at.signal }),
    unfinished(at, environment.name),
    heldNow(store, environment.name),
  ]);
  const names = [...new Set([...Object.keys(at.fleet.services), ...Object.keys(observed.services)])];
  const newest =
    Object.values(observed.services)
      .flatMap(({ marks }) => marks.slice(0, 1).map(({ release }) => release))
      .sort()
      .at(-1) ?? null;
  const services = names.map((name) => {
    const service = Object.hasOwn(observed.services, name) ? observed.services[name] : undefined;
    const mark = service?.marks[0] ?? null;
    return {
      name,
      revision:
        mark === null
          ? null
          : {
              name: shortRevision(mark.revision),
              artifact: mark.revision.artifact,
              variables: mark.revision.variables,
              migration: mark.migration,
            },
      verified: mark === null ? null : { release: mark.release, restores: mark.restores },
      instances: (service?.instances ?? []).map(({ id, state, revision, restarts, lastExit, address }) => ({
        id,
        state,
        revision: shortRevision(revision),
        restarts,
        lastExit,
        address,
      })),
      drift: service === undefined ? [] : driftOf(service),
    };
  });
  return {
    formatVersion: 1,
    environment: environment.name,
    release: newest,
    underWay:
      cutOff === null
        ? null
        : { release: cutOff.id, status: cutOff.status, heldBy: lease === null ? null : lease.owner.name },
    services,
  };
}

function statusText({ environment, release, underWay, services }: StatusDocument): string {
  const rows = services.map(({ name, revision, instances, drift }) => [
    `  ${name}`,
    revision?.name ?? "–",
    instances.length === 0
      ? "no instances"
      : `${instances.filter(({ state }) => state === "running").length} of ${instances.length} run`,
    drift.length === 0 ? "" : `drift: ${drift.join("; ")}`,
  ]);
  const way =
    underWay === null
      ? ""
      : `  release ${underWay.release} is ${underWay.status}${underWay.heldBy === null ? `: \`sampan resume ${environment}\` continues, --back returns` : `, held by ${underWay.heldBy}`}\n`;
  return `${environment}: ${release === null ? "nothing verified yet" : `verified by ${release}`}\n${way}${table(rows)}`;
}
