import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Front, waitFor } from "../../load/front.ts";
import type { RouterKind } from "../../load/router.ts";

export function streamingContract(kind: RouterKind): void {
  let front: Front;
  beforeAll(async () => {
    front = await Front.start(kind);
  });
  beforeEach(() => front.reset());
  afterAll(() => front.end());

  test("a stream's head and each event arrive as they are sent", async () => {
    let stream: ServerResponse | undefined;
    front.handler = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      stream = response;
    };
    const outgoing = request(new URL("/v1", front.router.base), { agent: false });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      stream?.write(event);
      const [chunk] = (await once(answer, "data")) as [Buffer];
      expect(String(chunk)).toBe(event);
    }
    stream?.end();
    await once(answer, "end");
  });

  test("a slow upload reaches the backend as it comes", async () => {
    const seen: string[] = [];
    front.handler = (incoming, response) => {
      incoming.on("data", (chunk) => seen.push(String(chunk)));
      incoming.on("end", () => response.end("done"));
    };
    const outgoing = request(new URL("/v1", front.router.base), { agent: false, method: "POST" });
    outgoing.write("one");
    await waitFor(() => seen.join("") === "one");
    outgoing.write("two");
    await waitFor(() => seen.join("") === "onetwo");
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(await text(answer)).toBe("done");
  });

  /** Writes for as long as it is taken, up to `most` bytes; resolves with how much was, once nothing more is. */
  async function pushed(stream: NodeJS.WritableStream, most: number): Promise<number> {
    const piece = Buffer.alloc(256 * 1024, "x");
    for (let sent = 0; sent < most; sent += piece.length) {
      if (stream.write(piece)) continue;
      const taken = await Promise.race([once(stream, "drain").then(() => true), sleep(500).then(() => false)]);
      if (!taken) return sent;
    }
    return most;
  }

  const FLOOD = 256 * 1024 * 1024;

  test("who does not read is not written to: nothing piles up in the router", async () => {
    let download: Promise<number> | undefined;
    front.handler = (incoming, response) => {
      if (incoming.method === "GET") download = pushed(response, FLOOD);
    };
    const unread = request(new URL("/v1", front.router.base), { agent: false });
    unread.on("error", () => {});
    unread.end();
    const [answer] = (await once(unread, "response")) as [IncomingMessage];
    answer.pause();
    expect(await download).toBeLessThan(FLOOD / 4);
    const upload = request(new URL("/v1", front.router.base), { agent: false, method: "POST" });
    upload.on("error", () => {});
    expect(await pushed(upload, FLOOD)).toBeLessThan(FLOOD / 4);
    unread.destroy();
    upload.destroy();
    front.backend.closeAllConnections();
    await waitFor(async () => (await front.inFlight()) === 0);
  });

  test("a large body comes back as it was sent", async () => {
    front.handler = (incoming, response) => {
      incoming.pipe(response);
    };
    const piece = Buffer.alloc(1024 * 1024, "x");
    const outgoing = request(new URL("/v1", front.router.base), { agent: false, method: "POST" });
    let got = 0;
    const done = once(outgoing, "response").then(async ([answer]) => {
      for await (const chunk of answer as IncomingMessage) got += (chunk as Buffer).length;
    });
    for (let sent = 0; sent < 32; sent += 1) {
      if (!outgoing.write(piece)) await once(outgoing, "drain");
    }
    outgoing.end();
    await done;
    expect(got).toBe(32 * piece.length);
  });

  test("a client that goes away ends the backend's work, and nothing stays counted", async () => {
    let gone = false;
    let arrived = false;
    front.handler = (_, response) => {
      arrived = true;
      response.write("x");
      response.on("close", () => {
        gone = true;
      });
    };
    const outgoing = request(new URL("/v1", front.router.base), { agent: false });
    outgoing.on("error", () => {});
    outgoing.end();
    await waitFor(() => arrived);
    outgoing.destroy();
    await waitFor(() => gone);
    await waitFor(async () => (await front.inFlight()) === 0);
  });

  test("an upload that is cut does not look whole to the backend", async () => {
    let outcome = "";
    front.handler = (incoming) => {
      incoming.on("end", () => (outcome = "whole"));
      incoming.on("error", () => (outcome = "cut"));
      incoming.resume();
    };
    const socket = connect(front.router.port, "127.0.0.1");
    socket.write("POST /v1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    await waitFor(async () => (await front.inFlight()) === 1);
    await sleep(50);
    socket.destroy();
    await waitFor(() => outcome !== "");
    expect(outcome).toBe("cut");
    await waitFor(async () => (await front.inFlight()) === 0);
  });

  test("an answer that breaks off is cut for the client too", async () => {
    front.handler = (_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("abc");
      setTimeout(() => response.destroy(), 20);
    };
    const outgoing = request(new URL("/v1", front.router.base), { agent: false });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    await expect(text(answer)).rejects.toThrow(/aborted/);
  });

  test("a backend that answers before it has the whole upload is heard", async () => {
    front.handler = (_, response) => {
      response.writeHead(413, { connection: "close" }).end("too much");
    };
    const socket = connect(front.router.port, "127.0.0.1");
    socket.write("POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 413/);
    socket.destroy();
  });
}
