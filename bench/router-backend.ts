import { createServer } from "node:http";
import { listening } from "../test/load/router.ts";

export type Place = Readonly<{ host: string; port: number }>;

export const BODY = JSON.stringify({ hello: "x".repeat(100) });

// Started as a process of its own, it serves until whoever started it is gone.
if (process.send !== undefined) {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": BODY.length });
    response.end(BODY);
  });
  process.send(await listening(server));
  process.on("disconnect", () => process.exit(0));
}
