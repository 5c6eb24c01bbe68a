import { connect, createServer, type Socket } from "node:net";

export type Muffled = Readonly<{
  url: string;
  /** Of each line for which `chosen` says so, the next answer is lost, and the line with it: what was asked for has been done. Says how many. */
  muffle: (chosen: () => boolean) => number;
  close: () => void;
}>;

/** A way to a server on which answers are lost. */
export async function muffled(url: string): Promise<Muffled> {
  const target = new URL(url);
  const port = Number(target.port);
  const lines = new Set<{ muffled: boolean; end: () => void }>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const line = {
      muffled: false,
      end: () => {
        client.destroy();
        upstream.destroy();
        lines.delete(line);
      },
    };
    lines.add(line);
    for (const socket of [client, upstream] as readonly Socket[]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", line.end);
    }
    client.on("data", (data) => void upstream.write(data));
    upstream.on("data", (data) => void (line.muffled ? line.end() : client.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  target.port = String((server.address() as { port: number }).port);
  target.searchParams.set("sslmode", "disable");
  return {
    url: target.href,
    muffle: (chosen) => {
      const some = [...lines].filter(({ muffled }) => !muffled && chosen());
      for (const line of some) line.muffled = true;
      return some.length;
    },
    close: () => {
      server.close();
      for (const line of lines) line.end();
    },
  };
}
