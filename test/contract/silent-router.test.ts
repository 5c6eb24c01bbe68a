import { afterEach, expect, test, vi } from "vitest";
import { socketPath } from "../../src/io/socket-path.ts";
import { BuiltinRouter } from "../../src/router/builtin/client.ts";
import { tell } from "../../src/router/haproxy/cli.ts";
import { processesIn } from "../../src/router/haproxy/process-record.ts";
import { noHaproxy } from "../haproxy.ts";
import { startBackend, type TestBackend } from "../load/backend.ts";
import { backendOf, never, type RouterKind, serviceAt, TestRouter } from "../load/router.ts";

// Real processes on a machine that others may use as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let router: TestRouter | undefined;
let backend: TestBackend | undefined;
afterEach(async () => {
  await router?.remove();
  await backend?.kill();
});

const silent = { code: "router-silent", retry: "safe" };

async function running(kind: RouterKind): Promise<{ router: TestRouter; backend: TestBackend }> {
  backend = await startBackend({ version: "one", prefix: "/v1" });
  router = await TestRouter.start([serviceAt("/v1", [backendOf("one", backend)])], kind);
  return { router, backend };
}

test("the builtin router, stopped, is told from one that died: nobody waits for it for ever, and what it is told it does once it goes on", async () => {
  const { router, backend } = await running("builtin");
  const impatient = new BuiltinRouter(socketPath(router.folder, "router.sock"), 500);
  process.kill(router.pid, "SIGSTOP");
  try {
    await expect(impatient.state(never)).rejects.toMatchObject(silent);
    await expect(impatient.drained("one", 100, never)).rejects.toMatchObject(silent);
    const table = router.table([serviceAt("/v2", [backendOf("one", backend)])], 1);
    await expect(impatient.apply(table, never)).rejects.toMatchObject(silent);
  } finally {
    process.kill(router.pid, "SIGCONT");
  }
  await vi.waitFor(async () => expect((await router.router.state(never)).table.epoch).toBe(1), 10_000);
  expect((await router.router.state(never)).pid).toBe(router.pid);
});

test.skipIf(noHaproxy !== null)(`HAProxy, stopped, too${noHaproxy === null ? "" : `: ${noHaproxy}`}`, async () => {
  const { router } = await running("haproxy");
  const [{ socket } = { socket: "" }] = await processesIn(router.folder);
  process.kill(router.pid, "SIGSTOP");
  try {
    await expect(tell(socket, ["show version"], never, 500)).rejects.toMatchObject(silent);
  } finally {
    process.kill(router.pid, "SIGCONT");
  }
  expect((await router.router.state(never)).pid).toBe(router.pid);
});
