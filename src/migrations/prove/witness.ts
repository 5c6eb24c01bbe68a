import type { ServiceSpec, SmokeCheck } from "../../fleet/fleet.ts";
import type { Endpoint } from "../../targets/target.ts";

/** An artifact of a service as it is started in a proof: the code whose word counts. */
export type Witness = Readonly<{
  service: string;
  artifact: string;
  /** What the target starts it from: a bundle's folder, or an image's reference. */
  source: string;
  /** Absolute folder of its own files, where commands run. */
  files: string;
  spec: ServiceSpec;
  /** As it has them in the environment. */
  variables: Readonly<Record<string, string>>;
  /** Given by the fleet file for proofs only. */
  given: Readonly<Record<string, string>>;
  /** Declared traffic, beside the smoke test. */
  checks: readonly SmokeCheck[];
  /** Statements that it sends, by their text. */
  queries: readonly string[];
}>;

/** One that runs, on loopback. */
export type Running = Readonly<{
  /** Null: it listens on nothing. */
  endpoint: Endpoint | null;
  /** Null: it lives; else how it ended. */
  ended: () => string | null;
  /** The last lines of what it logged. */
  tail: () => Promise<string>;
  stop: () => Promise<void>;
}>;

/** The one seam between proofs and what artifacts are: bundles as processes, images as containers. */
export type Starter = (
  witness: Pick<Witness, "service" | "artifact" | "source" | "spec">,
  given: Readonly<{
    variables: Readonly<Record<string, string>>;
    environment: string;
    fleet: string;
    signal: AbortSignal;
  }>,
) => Promise<Running>;
