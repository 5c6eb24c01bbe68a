import { milliseconds } from "./duration.ts";
import type { Environment, RouterSpec, TargetSpec, TestsSpec, Window } from "./fleet.ts";
import { tidyPath } from "./normalise.ts";
import { recipientsBeside } from "./recipients-beside.ts";
import { DAYS } from "./rules-schema.ts";
import type { EnvironmentFile } from "./schema.ts";

/** Defaults and short forms of an environment. Trusts the shape. */
export function environment(file: EnvironmentFile, name: string): Environment {
  const variables = (file.variables ?? []).map(tidyPath);
  return {
    name,
    branch: file.branch ?? null,
    tag: file.tag ?? null,
    after: file.after ?? null,
    requires: [...new Set(file.requires ?? [])],
    approval:
      file.approval === undefined
        ? null
        : {
            checklist: file.approval.checklist === undefined ? null : tidyPath(file.approval.checklist),
            confirmations: file.approval.confirmations ?? 1,
            by: file.approval.by ?? null,
            rollback: file.approval.rollback ?? false,
          },
    windows: (file.windows ?? []).map(windowOf),
    frozen: file.frozen ?? null,
    from: file.from ?? "anywhere",
    tests: file.tests === undefined ? null : testsOf(file.tests),
    target: target(file.target),
    listen: listen(file.listen),
    variables,
    recipients: file.recipients === undefined ? recipientsBeside(variables, name) : tidyPath(file.recipients),
    onFailure: file.onFailure ?? "release",
    acceptUnproven: file.acceptUnproven ?? null,
    shares: file.shares ?? [],
    // Where what is deployed was verified elsewhere first, it was asked there.
    contracts: file.contracts ?? (file.after === undefined ? "ask" : "compare"),
    rollout: { groups: file.rollout?.groups ?? "waves", concurrency: file.rollout?.concurrency ?? 4 },
  };
}

function target(file: EnvironmentFile["target"]): TargetSpec {
  const hosts = file?.hosts ?? ["local"];
  if (file?.kind !== "compose") {
    return { kind: "process", hosts, router: router(file?.router ?? "builtin") };
  }
  return {
    kind: "compose",
    hosts,
    files: (file.files ?? []).map(tidyPath),
    project: file.project ?? null,
    profiles: [...new Set(file.profiles ?? [])],
    router: router(file.router),
  };
}

function router(file: NonNullable<EnvironmentFile["target"]>["router"]): RouterSpec {
  if (file === "builtin") return { kind: "builtin" };
  return { kind: "haproxy", image: typeof file === "object" ? file.haproxy.image : null };
}

function listen(file: EnvironmentFile["listen"]): Environment["listen"] {
  if (typeof file !== "string") return { host: "127.0.0.1", port: file ?? 8080 };
  const at = file.lastIndexOf(":");
  return { host: file.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(file.slice(at + 1)) };
}

type WindowFile = NonNullable<EnvironmentFile["windows"]>[number];

function windowOf({ days, hours, dates, zone, because }: WindowFile): Window {
  return {
    days: days === undefined ? null : days.map((day) => DAYS.indexOf(day)),
    hours: hours === undefined ? null : { from: minutes(hours.slice(0, 5)), to: minutes(hours.slice(6)) },
    dates: dates === undefined ? null : { from: dates.slice(0, 10), to: dates.slice(12) },
    zone: zone ?? "UTC",
    because,
  };
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const testsOf = ({ command, timeout }: NonNullable<EnvironmentFile["tests"]>): TestsSpec => ({
  command,
  timeout: milliseconds(timeout ?? "10m"),
});
