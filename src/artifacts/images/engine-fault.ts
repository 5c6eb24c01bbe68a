import { StepFault } from "../../fault.ts";

export type EngineStep = Readonly<{ service: string | null; step: string }>;

/** What the docker command says when nobody is behind it. */
const GONE =
  /Cannot connect to the Docker daemon|error during connect|failed to connect to the docker API|connection reset|broken pipe|unexpected EOF|(?:^|[^A-Za-z])EOF(?:$|[^A-Za-z])|rpc error: code = (?:Unavailable|Canceled)|is the docker daemon running|closing transport|use of closed network connection/im;
const FULL = /no space left on device|ENOSPC|disk quota exceeded/i;

export const isEngineGone = (said: string): boolean => GONE.test(said);

export const isDiskFull = (said: string): boolean => FULL.test(said);

type Ran = Readonly<{ exitCode: number | null; failure: string | null; said: string }>;

/** A docker command that did not do what it was told: is it there, does an engine answer, is there room, or what did it say? */
export function engineFault({ service, step }: EngineStep, { failure, said, exitCode }: Ran): StepFault {
  const where = service === null ? step : `${service}: ${step}`;
  const evidence = said.trim().split(/\r?\n/).slice(-15).join("\n");
  if (failure === "not-found") {
    return new StepFault({
      code: "docker-missing",
      message: `${where}: there is no docker command on the PATH`,
      evidence: "install Docker, with buildx",
      retry: "safe",
    });
  }
  if (failure === "timeout") {
    return new StepFault({
      code: "engine-slow",
      message: `${where}: the Docker engine does not answer in time`,
      evidence,
      retry: "safe",
    });
  }
  if (isEngineGone(said)) {
    return new StepFault({
      code: "engine-gone",
      message: `${where}: the Docker engine does not answer, or went away`,
      evidence,
      retry: "safe",
    });
  }
  if (isDiskFull(said)) {
    return new StepFault({
      code: "disk-full",
      message: `${where}: the engine's disk is full`,
      evidence,
      retry: "safe",
    });
  }
  const how = failure === null ? `exit code ${exitCode}` : failure;
  return new StepFault({ code: "engine-failed", message: `${where}: docker failed (${how})`, evidence, retry: "safe" });
}
