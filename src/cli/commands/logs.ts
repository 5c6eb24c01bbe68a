import { once } from "node:events";
import { oneLine } from "../../plain.ts";
import { problem, Refused } from "../../problem.ts";
import { readConfiguration } from "../../release/configuration.ts";
import type { Handle } from "../../targets/target.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** What a service's instances log, each line after the instance it came from; known secrets are masked. */
export async function logs(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const service = String(call.args[1]);
  const follow = call.options.follow === true;
  const target = at.target(environment);
  const { services } = await target.observe({ signal: call.stop });
  const instances = Object.hasOwn(services, service) ? (services[service]?.instances ?? []) : [];
  if (instances.length === 0) {
    const known = Object.keys(services).join(", ");
    throw new Refused([
      problem(
        "no-instances",
        `${JSON.stringify(service)} has no instances in ${environment.name}`,
        known === "" ? null : `there are ${known}`,
      ),
    ]);
  }
  const declared = Object.hasOwn(at.fleet.services, service) ? [service] : [];
  const { mask } = await readConfiguration(at, environment.name, declared);
  const width = Math.max(...instances.map(({ id }) => short(id).length));
  await Promise.all(
    instances.map(async ({ id }) => {
      const handle: Handle = { version: 1, id, service };
      try {
        for await (const { text } of target.logs(handle, { follow }, { signal: call.stop })) {
          const flushed = process.stdout.write(`${short(id).padEnd(width)}  ${oneLine(mask(text))}\n`);
          if (!flushed) await room(process.stdout);
          if (process.stdout.destroyed) return;
        }
      } catch (error) {
        if (!call.stop.aborted) throw error;
      }
    }),
  );
  return EXIT.done;
}

/** Resolves when more can be written, or never will be. */
async function room(stream: NodeJS.WriteStream): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]).catch(() => {});
  over.abort();
}

const short = (id: string): string => id.slice(-12);
