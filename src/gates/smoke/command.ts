import { stripVTControlCharacters } from "node:util";
import type { SmokeCheck } from "../../fleet/fleet.ts";
import { processEnvironment } from "../../io/environment.ts";
import { run } from "../../io/exec.ts";
import type { Endpoint } from "../../targets/target.ts";
import type { Attempt } from "./request.ts";

const QUOTED = 2048;
/** A command is given what it needs to run, not what Sampan knows. */
const PASSED_ON = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER"];

/** One declared command in the service's folder, with SAMPAN_URL set to the instance; exit 0 passes, and nothing of it outlives it. */
export async function tryCommand(
  check: Extract<SmokeCheck, { kind: "command" }>,
  to: Readonly<{
    endpoint: Endpoint | null;
    entrance: Endpoint;
    folder: string;
    signal: AbortSignal;
    mask: (text: string) => string;
  }>,
): Promise<Attempt> {
  const [program, ...args] = check.command;
  if (program === undefined) return { failure: "expected a command, got none", detail: [] };
  const ran = await run({
    argv: [program, ...args],
    cwd: to.folder,
    env: {
      ...Object.fromEntries(Object.entries(processEnvironment()).filter(([name]) => PASSED_ON.includes(name))),
      ...(to.endpoint === null ? {} : { SAMPAN_URL: url(to.endpoint) }),
      SAMPAN_ENTRANCE: url(to.entrance),
    },
    timeout: check.timeout,
    signal: to.signal,
    killGroup: true,
  });
  to.signal.throwIfAborted();
  if (ran.exitCode === 0 && ran.failure === null) return { failure: null, detail: [] };
  const got = {
    timeout: `no end within ${check.timeout} ms`,
    aborted: "an interruption",
    signal: "death by a signal",
    "not-found": `no such program as ${program}`,
    "not-started": "a program that could not be started",
  };
  const failure = `expected exit 0, got ${ran.failure === null ? `exit ${ran.exitCode}` : got[ran.failure]}`;
  const said = stripVTControlCharacters(to.mask(`${ran.stdout}${ran.stderr}`)).trim();
  return { failure, detail: said === "" ? [] : [`output: ${said.slice(-QUOTED)}`] };
}

const url = ({ host, port }: Endpoint): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
