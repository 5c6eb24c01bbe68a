import { StepFault } from "../../fault.ts";
import { type Ran, run } from "../../io/exec.ts";
import { freePort } from "../../io/free-port.ts";
import { processStamp } from "../../io/process.ts";
import type { Starter } from "./witness.ts";

const LABEL = "sampan.proof";
const PATIENCE = 60_000;

/**
 * Starts an image beside the scratch server: on the host's own network, with PORT set to a free port, so that it reaches loopback as a
 * process does. Values go through the command's environment, not its arguments. Containers of proofs that were killed are removed first.
 */
export function containerStarter({ env }: Readonly<{ env: Readonly<Record<string, string>> }>): Starter {
  const docker = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    run({ argv: ["docker", ...args], env: { ...env, ...more }, timeout: PATIENCE });
  let swept: Promise<void> | null = null;
  return async (witness, { variables, environment, fleet, signal }) => {
    swept ??= sweep(docker);
    await swept;
    const port = witness.spec.port === null ? null : await freePort();
    const own = {
      ...variables,
      ...(port === null ? {} : { PORT: String(port), HOST: "127.0.0.1" }),
      ...{ SAMPAN_FLEET: fleet, SAMPAN_ENVIRONMENT: environment, SAMPAN_SERVICE: witness.service },
      SAMPAN_ARTIFACT: witness.artifact,
    };
    // The command itself must find its engine: such names of the service's own would turn it to another.
    const taken = Object.keys(own).filter((name) => /^(DOCKER_|PATH$|HOME$)/.test(name));
    const plain = taken.flatMap((name) => ["--env", `${name}=${own[name as keyof typeof own]}`]);
    const quiet = Object.entries(own).filter(([name]) => !taken.includes(name));
    const args = ["run", "--detach", "--network", "host", "--label", `${LABEL}=${process.pid}`, ...plain];
    const names = quiet.flatMap(([name]) => ["--env", name]);
    const ran = await docker([...args, ...names, witness.source], Object.fromEntries(quiet));
    signal.throwIfAborted();
    if (ran.exitCode !== 0) {
      throw new StepFault({
        code: "proof-container",
        message: `docker run: ${ran.stderr.trim() || (ran.failure ?? "failed")}`,
      });
    }
    const id = ran.stdout.trim();
    let end: string | null = null;
    void docker(["wait", id]).then(({ stdout }) => {
      end = `exit code ${stdout.trim()}`;
    });
    return {
      endpoint: port === null ? null : { host: "127.0.0.1", port },
      ended: () => end,
      tail: async () => {
        const { stdout, stderr } = await docker(["logs", "--tail", "5", id]);
        return `${stdout}${stderr}`.trim();
      },
      stop: async () => {
        await docker(["rm", "--force", "--volumes", id]);
      },
    };
  };
}

async function sweep(docker: (args: readonly string[]) => Promise<Ran>): Promise<void> {
  const { stdout } = await docker([
    "ps",
    "--all",
    "--filter",
    `label=${LABEL}`,
    "--format",
    `{{.ID}} {{.Label "${LABEL}"}}`,
  ]);
  for (const line of stdout.split("\n").filter(Boolean)) {
    const [id = "", pid = ""] = line.split(" ");
    if (processStamp(Number(pid)) === null) await docker(["rm", "--force", "--volumes", id]);
  }
}
