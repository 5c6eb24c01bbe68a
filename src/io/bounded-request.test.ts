import { afterEach, expect, test } from "vitest";
import { Servers } from "../../test/gates/scripted-target.ts";
import { boundedRequest } from "./bounded-request.ts";
import { meteredSocket } from "./metered-socket.ts";

const servers = new Servers();
afterEach(() => servers.close());

test("reads a whole answer, and says how many bytes it took", async () => {
  const endpoint = await servers.http((_, response) => void response.end("x".repeat(30_000)));
  const signal = new AbortController().signal;
  const answer = await boundedRequest({ ...endpoint, method: "GET", path: "/", timeout: 5000, limit: 65536, signal });
  if (answer.kind !== "answer") throw new Error(answer.message);
  expect(answer.body.length).toBe(30_000);
  expect(answer.read).toBeGreaterThan(30_000);
  expect(answer.read).toBeLessThan(31_000);
});

test("a metered connection never reads past its limit", async () => {
  const endpoint = await servers.tcp((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(100_000)));
    };
    socket.on("drain", more);
    more();
  });
  const { socket, read } = meteredSocket({ ...endpoint, limit: 65536 });
  const error = await new Promise<Error>((resolve) => {
    socket.on("error", resolve);
    socket.resume();
  });
  expect(error.name).toBe("TooMuch");
  expect(read()).toBeLessThanOrEqual(65536);
});
