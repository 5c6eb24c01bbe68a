import { dirname, join } from "node:path";
import { StepFault } from "../../fault.ts";
import { readTextIfThere } from "../../io/files.ts";
import { processStamp } from "../../io/process.ts";
import { userIds } from "../../io/user-ids.ts";
import { SOCKET_VARIABLE } from "../../router/haproxy/config.ts";
import type { Launch, LaunchOrder } from "../../router/haproxy/launch.ts";
import { type Engine, refused } from "./engine.ts";
import { findImage, pullImage } from "./images.ts";

export type HaproxyImage = Readonly<{ image: string; engine: () => Promise<Engine>; log: (line: string) => void }>;

/** Its words go where those of a HAProxy without a container go. Nothing in it but the file's name, which is a constant. */
const LOG = "router.log";
const INTO_LOG = `exec "$@" >>${LOG} 2>&1`;
/** Milliseconds that HAProxy may take to read its configuration. */
const TRIAL = 15_000;

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
      const id = await started(to, { image, log, signal: order.signal, body: bodyOf(image, order) });
      return startedAs(await pidOf(to, id), image);
    },
    end: async (order) => {
      const to = await engine();
      const body = bodyOf(image, order);
      const kept = { ...body, HostConfig: { ...body.HostConfig, AutoRemove: false } };
      const id = await started(to, { image, log, signal: order.signal, body: kept });
      try {
        const answer = await to.expect(
          { method: "POST", path: `/containers/${id}/wait`, timeout: TRIAL, signal: order.signal },
          `A container of ${image} could not be waited for`,
        );
        const exitCode = (answer.body as { StatusCode?: number }).StatusCode ?? null;
        return { exitCode, said: (await readTextIfThere(join(order.folder, LOG))) ?? "" };
      } finally {
        await to.ask({ method: "DELETE", path: `/containers/${id}`, query: { force: "true" } });
      }
    },
  };
}

type Starting = Readonly<{ image: string; log: (line: string) => void; body: unknown; signal: AbortSignal }>;

/** The container's id. */
async function started(to: Engine, { image, log, body, signal }: Starting): Promise<string> {
  if ((await findImage(to, image)) === null) {
    for await (const line of pullImage(to, { source: image, auth: null, signal })) log(line);
  }
  const made = await to.expect(
    { method: "POST", path: "/containers/create", body },
    `A container of ${image} for the router could not be made`,
  );
  const id = (made.body as { Id: string }).Id;
  const answer = await to.ask({ method: "POST", path: `/containers/${id}/start` });
  if (answer.status < 400) return id;
  await to.ask({ method: "DELETE", path: `/containers/${id}`, query: { force: "true" } });
  throw refused(`The router's container of ${image} could not be started`, answer);
}

function bodyOf(image: string, { folder, args, env }: Pick<LaunchOrder, "folder" | "args" | "env">) {
  const socket = env[SOCKET_VARIABLE] ?? folder;
  const folders = [...new Set([folder, dirname(socket)])].filter((path) => path !== "/");
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
