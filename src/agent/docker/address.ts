import { StepFault } from "../../fault.ts";

const USUAL = "/var/run/docker.sock";

/** The engine's Unix socket, by DOCKER_HOST. Faults: `engine-address`. */
export function engineSocket(environment: Readonly<Record<string, string>>): string {
  const { DOCKER_HOST: given } = environment;
  if (given === undefined || given === "") return USUAL;
  const path = /^unix:\/\/(\/.+)$/.exec(given)?.[1];
  if (path !== undefined) return path;
  throw new StepFault({
    code: "engine-address",
    message: `DOCKER_HOST is ${given}: Sampan speaks to the engine of its own host, by a unix:// socket`,
    evidence: "unset DOCKER_HOST, or point it at unix:///var/run/docker.sock",
  });
}
