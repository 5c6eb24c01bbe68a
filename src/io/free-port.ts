import { createServer } from "node:net";

/** The kernel may name one again before its first user listens on it. */
const given = new Set<number>();

/**
 * A TCP port of the loopback interface that was free a moment ago: somebody else may take it before its user does. No two callers in
 * this process get the same.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await unusedPort();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

const unusedPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(address)));
    });
  });
