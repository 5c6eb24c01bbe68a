import { request } from "node:http";

export type Answer = Readonly<{ status: number; body: string }>;

/** One GET over a connection of its own, never repeated. Rejects when there is no whole answer. */
export const ask = (port: number, path: string, timeout = 10_000): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, agent: false, timeout }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer to ${path} within ${timeout} ms`)));
    outgoing.once("error", reject);
    outgoing.end();
  });

export type Trickle = Readonly<{ stop: () => Promise<Readonly<{ sent: number; lost: readonly string[] }>> }>;

/** A few requests a second to each path for as long as it runs: what is not answered 200 is lost. */
export function trickle(port: number, paths: readonly string[], every = 25): Trickle {
  const lost: string[] = [];
  const open = new Set<Promise<void>>();
  let sent = 0;
  const timer = setInterval(() => {
    const path = paths[sent % paths.length];
    if (path === undefined) return;
    sent += 1;
    const one = ask(port, path)
      .then(
        ({ status }) => void (status === 200 || lost.push(`${path}: ${status}`)),
        (error: Error) => void lost.push(`${path}: ${error.message}`),
      )
      .finally(() => open.delete(one));
    open.add(one);
  }, every);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return { sent, lost };
    },
  };
}
