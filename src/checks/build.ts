import type { Artifact, BuildEvent } from "../artifacts/artifact.ts";
import { StepFault } from "../fault.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";

export type Build = (events: (event: BuildEvent) => void) => Promise<Readonly<Record<string, Artifact>>>;

export type Built = Found & Readonly<{ service: string; took: number }>;

/** Does every service build? The bundles that are made are those that will be released, so nothing is built twice. */
export async function checkBuilds(services: readonly string[], build: Build): Promise<readonly Built[]> {
  const results = new Map<string, Built>();
  const events = (event: BuildEvent) => {
    const result = resultOf(event);
    if (result !== null) results.set(event.service, { ...result, service: event.service });
  };
  let why = "another service's build failed first";
  try {
    await build(events);
  } catch (error) {
    if (!(error instanceof StepFault || error instanceof Refused)) throw error;
    why = error.message;
    if (results.size === 0) {
      const found = failed(why, problemsOf(error));
      return services.map((service) => ({ ...found, service, took: 0 }));
    }
  }
  const notBuilt = (service: string): Built => ({
    ...inconclusive("not built", [
      problem("not-built", `${service} was not built: ${why}`, "Correct that, then check again"),
    ]),
    service,
    took: 0,
  });
  return services.map((service) => results.get(service) ?? notBuilt(service));
}

function resultOf(event: BuildEvent): (Found & Readonly<{ took: number }>) | null {
  switch (event.kind) {
    case "building":
      return null;
    case "reused":
      return { ...passed(`built before: ${event.artifact}`), took: 0 };
    case "built":
      return { ...passed(`built ${event.artifact}`), took: event.seconds * 1000 };
    case "failed":
      return { ...failed(messageOf(event.error), problemsOf(event.error)), took: 0 };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof Refused) return error.problems;
  if (error instanceof StepFault)
    return [problem(error.code, error.message, error.evidence === "" ? null : error.evidence)];
  return [problem("build-failed", messageOf(error))];
}
