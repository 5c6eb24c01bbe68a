/**
 * What the world did to a step: the disk was full, the service never listened, the database refused.
 * `retry` says what is known about the effect: `safe` it did not happen or may be repeated, `never` repeating cannot help,
 * `unknown` it may or may not have happened and must be observed first.
 */
export class StepFault extends Error {
  readonly code: string;
  readonly evidence: string;
  readonly retry: "safe" | "never" | "unknown";

  constructor(fault: { code: string; message: string; evidence?: string; retry?: "safe" | "never" | "unknown" }) {
    super(fault.message);
    this.name = "StepFault";
    this.code = fault.code;
    this.evidence = fault.evidence ?? "";
    this.retry = fault.retry ?? "never";
  }
}

/** A newer deployer has claimed the environment; this one must not touch it any more (exit code 6). */
export const STALE_FENCE = "stale-fence";
