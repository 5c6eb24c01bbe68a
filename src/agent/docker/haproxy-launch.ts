import { dirname } from "node:path";
import { StepFault } from "../../fault.ts";
import { processStamp } from "../../io/process.ts";
import { userIds } from "../../io/user-ids.ts";
import { SOCKET_VARIABLE } from "../../router/haproxy/config.ts";
import type { Launch, LaunchOrder } from "../../router/haproxy/launch.ts";
import { type Engine, refused } from "./engine.ts";
import { findImage, pullImage } from "./images.ts";

export type HaproxyImage = Readonly<{ image: string; engine: () => Promise<Engine>; log: (line: string) => void }>;

/** Its words go where those of a HAProxy without a container go. Nothing in it but the file's name, which is a constant. */
const INTO_LOG = 'exec "$@" >>router.log 2>&1';

/**
 * HAProxy in a container that has the host's network and processes, and its folder under the same path: apart from where the program
 * comes from, it is the one of this host. Faults: `image-missing` and others of a pull, `engine-…`, `haproxy-not-started`.
 */
export function containerLaunch({ image, engine, log }: HaproxyImage): Launch {
  return {
    // What is too old refuses its configuration, and says why.
    check: async () => {},
    start: async (order) => {
      const to = await engine();
      if ((await findImage(to, image)) === null) {
        for await (const line of pullImage(to, { source: image, auth: null, signal: order.signal })) log(line);
      }
      const { body } = await to.expect(
        { method: "POST", path: "/containers/create", body: bodyOf(image, order) },
        `A container of ${image} for the router could not be made`,
      );
      const id = (body as { Id: string }).Id;
      const answer = await to.ask({ method: "POST", path: `/containers/${id}/start` });
      if (answer.status >= 400) {
        await to.ask({ method: "DELETE", path: `/containers/${id}`, query: { force: "true" } });
        throw refused(`The router's container of ${image} could not be started`, answer);
      }
      return startedAs(await pidOf(to, id), image);
    },
  };
}

function bodyOf(image: string, { folder, args, env }: LaunchOrder): unknown {
  const socket = env[SOCKET_VARIABLE] ?? folder;
  const folders = [...new Set([folder, dirname(socket)])];
  const { uid, gid } = userIds();
  return {
    Image: image,
    Entrypoint: ["sh", "-c", INTO_LOG, "sh", "haproxy"],
    Cmd: args,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: folder,
    User: `${uid}:${gid}`,
    Labels: { "sampan.router": folder },
    HostConfig: {
      NetworkMode: "host",
      PidMode: "host",
      AutoRemove: true,
      Mounts: folders.map((path) => ({ Type: "bind", Source: path, Target: path })),
    },
  };
}

/** Zero: it has ended already. */
async function pidOf(engine: Engine, id: string): Promise<number> {
  const { body } = await engine.ask({ method: "GET", path: `/containers/${id}/json` });
  return (body as { State?: { Pid?: number } } | null)?.State?.Pid ?? 0;
}

function startedAs(pid: number, image: string) {
  if (pid === 0) {
    throw new StepFault({
      code: "haproxy-not-started",
      message: `The router's container of ${image} ended at once; its words are in router.log in the router's folder`,
      retry: "safe",
    });
  }
  const stamp = processStamp(pid);
  return { pid, ended: () => (stamp !== null && processStamp(pid) === stamp ? null : -1) };
}
