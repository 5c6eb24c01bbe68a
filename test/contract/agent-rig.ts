import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RouterSpec } from "../../src/fleet/fleet.ts";
import type { AgentConnection } from "../../src/hosts/host.ts";
import { localHost } from "../../src/hosts/local/local-host.ts";
import { systemClock } from "../../src/io/clock.ts";
import { freePort } from "../../src/io/free-port.ts";
import { HostedTarget } from "../../src/targets/hosted/hosted-target.ts";

const never = new AbortController().signal;

export const agentEntry = fileURLToPath(new URL("../../src/agent/main.ts", import.meta.url));

/** A real agent of its own, and the targets, bundles and connections of one test file; `close` leaves nothing running. */
export function agentRig() {
  const folder = mkdtempSync(join(tmpdir(), "sampan-agent-"));
  const stateFolder = join(folder, "state");
  const host = localHost({ stateFolder, agentEntry });
  const targets: HostedTarget[] = [];
  const connections: AgentConnection[] = [];

  const target = async (
    fleet: string,
    environment: string,
    router: RouterSpec = { kind: "builtin" },
  ): Promise<HostedTarget> => {
    const listen = { host: "127.0.0.1", port: await freePort() };
    const made = new HostedTarget({ fleet, environment, listen, router, hosts: [host], clock: systemClock });
    targets.push(made);
    return made;
  };

  /** A bundle whose `server.mjs` is this program. */
  const bundle = (name: string, program: string): string => {
    const source = join(folder, "bundles", name);
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "server.mjs"), program);
    writeFileSync(
      join(source, "sampan-bundle.json"),
      JSON.stringify({ formatVersion: 1, start: ["node", "server.mjs"] }),
    );
    return source;
  };

  const connect = async (): Promise<AgentConnection> => {
    const connection = await host.connect(never);
    connections.push(connection);
    return connection;
  };

  const pid = async (): Promise<number> => ((await (await connect()).call("hello", {}, never)) as { pid: number }).pid;

  const close = async (): Promise<void> => {
    for (const each of targets) await each.teardown("the end of a test", { signal: never });
    await (await connect()).call("shutdown", {}, never).catch(() => undefined);
    for (const connection of connections) connection.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };

  /** Ended with the others. */
  const adopt = (target: HostedTarget): void => void targets.push(target);

  return { folder, stateFolder, host, target, adopt, bundle, connect, pid, close };
}

/** Logs at once, serves who it is, finishes what is in flight on SIGTERM; `/slow` takes 300 ms. */
export const webProgram = (version: string): string => `
  import { createServer } from "node:http";
  console.log("hello from ${version}");
  const server = createServer((request, response) => {
    const answer = () => response.end(JSON.stringify({ version: "${version}", instance: process.env.SAMPAN_INSTANCE, pid: process.pid }));
    if (request.url.includes("/log")) console.log("asked for " + request.url);
    if (request.url.endsWith("/fail")) response.statusCode = 500;
    if (request.url.endsWith("/env")) response.end(JSON.stringify(process.env));
    else if (request.url.endsWith("/slow")) setTimeout(answer, 300);
    else answer();
  });
  server.listen(Number(process.env.PORT), process.env.HOST);
  process.on("SIGTERM", () => server.close());
`;
