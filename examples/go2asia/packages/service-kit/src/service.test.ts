import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function start(t: TestContext) {
  const port = await freePort();
  const file = fileURLToPath(new URL("../fixtures/slow.ts", import.meta.url));
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(process.execPath, [file], { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line.includes('"listening"')) break;
  }
  return { port, child };
}

function get(
  port: number,
  path: string,
  agent: Agent,
): Promise<Readonly<{ status: number; text: string; connection: string | undefined }>> {
  return new Promise((resolve, reject) => {
    request({ port, path, agent, host: "127.0.0.1" }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      const { connection } = response.headers;
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, connection }));
    })
      .on("error", reject)
      .end();
  });
}

test("told to stop, it finishes what is in flight on kept connections and exits 0", async (t) => {
  const { port, child } = await start(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  assert.equal((await get(port, "/health", agent)).status, 200);
  const slow = get(port, "/slow?ms=400", agent);
  // The slow request is in the service once a later one on another connection was answered.
  await get(port, "/health", new Agent());
  child.kill("SIGTERM");
  const [answer, [code, signal]] = await Promise.all([slow, once(child, "exit")]);
  assert.deepEqual(answer, { status: 200, text: "whole", connection: "close" });
  assert.deepEqual([code, signal], [0, null]);
  await assert.rejects(get(port, "/health", new Agent()));
});

test("a port that is taken ends it with an error", async (t) => {
  const { port } = await start(t);
  const file = fileURLToPath(new URL("../fixtures/slow.ts", import.meta.url));
  const env = { ...process.env, PORT: String(port) };
  const second = spawn(process.execPath, [file], { env, stdio: "ignore" });
  t.after(() => second.kill("SIGKILL"));
  const [code] = await once(second, "exit");
  assert.equal(code, 1);
});
