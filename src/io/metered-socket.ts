import { connect } from "node:net";
import { Duplex } from "node:stream";

/** Small, so that a limit can be kept to the byte: a plain socket hands over up to 64 KiB at once. */
const CHUNK = 4096;

export class TooMuch extends Error {
  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.name = "TooMuch";
  }
}

/** A connection that reads at most `limit` bytes in its life, status lines and headers included, then fails with TooMuch. */
export function meteredSocket(
  on: Readonly<{ host: string; port: number; limit: number }>,
): Readonly<{ socket: Duplex; read: () => number }> {
  let read = 0;
  const socket = connect({
    host: on.host,
    port: on.port,
    onread: {
      buffer: Buffer.allocUnsafe(CHUNK),
      callback: (size, buffer) => {
        read += size;
        if (read > on.limit - CHUNK) {
          duplex.destroy(new TooMuch(on.limit));
          return false;
        }
        return duplex.push(Buffer.from(buffer.subarray(0, size)));
      },
    },
  });
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("end", () => duplex.push(null));
  socket.on("error", (error) => duplex.destroy(error));
  socket.on("close", () => duplex.destroy());
  return { socket: duplex, read: () => read };
}
