import { connect, createServer, type Server, type Socket } from "node:net";

export type Gate = Readonly<{
  url: string;
  /** Nobody gets through any more, and who was through is cut off. */
  shut: () => void;
  open: () => Promise<void>;
}>;

/** A way to a server that can be closed, as a firewall or a failing network does. */
export async function gateTo(url: string): Promise<Gate> {
  const target = new URL(url);
  const upstreamPort = Number(target.port);
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port = 0;
  const open = async (): Promise<void> => {
    const listening = createServer((client) => {
      const upstream = connect(upstreamPort, "127.0.0.1");
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => other.destroy());
        socket.pipe(other);
      }
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
    port = (listening.address() as { port: number }).port;
  };
  await open();
  target.port = String(port);
  return {
    url: target.href,
    open,
    shut: () => {
      server?.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
  };
}
