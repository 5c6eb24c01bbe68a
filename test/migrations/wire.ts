import { connect, createServer, type Socket } from "node:net";

/** Where on the wire a connection is cut: before the server hears of the statement, while it works on it, or once its answer is on its way. */
export type Moment = "before" | "during" | "after";

export type Cut = Readonly<{ nth: number; moment: Moment }>;

export type Wire = Readonly<{
  url: string;
  /** What was sent, one entry for each round trip, in order. */
  sent: () => readonly string[];
  close: () => void;
}>;

/** A proxy before a PostgreSQL server that counts the statements of all connections and cuts once. Speaks enough of the protocol to know where one ends. */
export async function wire(url: string, cut: Cut | null): Promise<Wire> {
  const target = new URL(url);
  const port = Number(target.port);
  const sent: string[] = [];
  const sockets = new Set<Socket>();
  let open = cut !== null;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let swallowing = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", end);
    }
    const trips = roundTrips();
    client.on("data", (data) => {
      for (const statement of trips(data)) {
        sent.push(statement);
        if (!open || cut === null || sent.length - 1 !== cut.nth) continue;
        open = false;
        if (cut.moment === "before") return end();
        if (cut.moment === "after") swallowing = true;
        // The server has it all and works on it; nobody is there to hear the answer.
        else upstream.write(data, () => setTimeout(end, 3));
        if (cut.moment === "during") return undefined;
      }
      return upstream.write(data);
    });
    upstream.on("data", (data) => (swallowing ? end() : client.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  target.port = String(address.port);
  return {
    url: target.href,
    sent: () => sent,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Takes a client's bytes and answers with the text of each simple query, or of each extended one at its Sync. */
function roundTrips(): (data: Buffer) => readonly string[] {
  let buffer = Buffer.alloc(0);
  let started = false;
  let parsed = "";
  return (data) => {
    buffer = Buffer.concat([buffer, data]);
    const found: string[] = [];
    for (;;) {
      // The first message has no type.
      const head = started ? 1 : 0;
      if (buffer.length < head + 4) return found;
      const length = buffer.readInt32BE(head);
      if (buffer.length < head + length) return found;
      const type = started ? String.fromCharCode(buffer[0] ?? 0) : "";
      const body = buffer.subarray(head + 4, head + length);
      started = true;
      buffer = buffer.subarray(head + length);
      if (type === "Q") found.push(text(body));
      if (type === "P") parsed = text(body.subarray(body.indexOf(0) + 1));
      if (type === "S") found.push(parsed);
    }
  };
}

const text = (body: Buffer): string => body.subarray(0, body.indexOf(0)).toString();
