import { afterAll, expect, test } from "vitest";
import {
  aborted,
  contextOf,
  handleOf,
  revision,
  type Script,
  Servers,
  scriptedTarget,
  subjectOf,
} from "../../test/gates/scripted-target.ts";
import { runGate } from "./run-gate.ts";

const servers = new Servers();
afterAll(() => servers.close());

const gate = (scripts: Readonly<Record<string, Script>>, timeout = 1000, cx = contextOf()) => {
  const on = subjectOf(scripts);
  return runGate({ kind: "up", count: on.instances.length, timeout }, on, cx);
};
const saying = (artifact: string) =>
  servers.http((_, response) => void response.end(JSON.stringify({ version: "1", artifact })));

test("counts N of N, and says who vouches for it", async () => {
  const right = { endpoint: await saying(revision.artifact) };
  const silent = { endpoint: await servers.http((_, response) => void response.writeHead(404).end()) };
  expect((await gate({ a: right, b: right })).evidence).toBe("2 of 2 up, each reports its artifact");
  expect((await gate({ a: silent })).evidence).toContain("by the target's word");
  expect((await gate({ a: right, b: silent })).evidence).toContain("1 report their artifact");
});

test("waits for the port to open", async () => {
  const script: Script = { endpoint: { host: "127.0.0.1", port: 1 } };
  const running = gate({ a: script }, 5000);
  const endpoint = await saying(revision.artifact);
  setTimeout(() => {
    script.endpoint = endpoint;
  }, 200);
  const result = await running;
  expect(result.verdict).toBe("passed");
  expect(result.took).toBeGreaterThanOrEqual(190);
});

test("fails one that reports another artifact", async () => {
  const result = await gate({
    a: { endpoint: await saying(revision.artifact) },
    b: { endpoint: await saying("sha256:other") },
  });
  expect(result).toMatchObject({ verdict: "failed" });
  expect(result.evidence).toContain("b reports artifact sha256:other");
});

test("fails at once when one died, with its exit and its last lines, masked", async () => {
  const result = await gate(
    {
      a: {
        endpoint: null,
        observed: { state: "restarting", restarts: 1, lastExit: "exit 7" },
        lines: ["password hunter2 refused"],
      },
    },
    60_000,
  );
  expect(result).toMatchObject({ verdict: "failed", detail: ["a: password *** refused"] });
  expect(result.evidence).toContain("exit 7");
  expect(result.took).toBeLessThan(5000);
});

test("a death after it was reached is seen too", async () => {
  const script: Script = { endpoint: await saying(revision.artifact) };
  const on = subjectOf({ a: script });
  let looks = 0;
  const target = scriptedTarget({ a: script }, async (seen) => {
    if (++looks > 1) {
      const blog = seen.services.blog;
      if (blog === undefined) throw new Error("no blog");
      const instances = blog.instances.map((one) => ({ ...one, restarts: 1, lastExit: "SIGSEGV" }));
      return { ...seen, services: { blog: { ...blog, instances } } };
    }
    return seen;
  });
  const result = await runGate({ kind: "up", count: 1, timeout: 5000 }, { ...on, target }, contextOf());
  expect(result).toMatchObject({ verdict: "failed" });
  expect(result.evidence).toContain("SIGSEGV");
});

test("fails a wrong revision, a missing instance, and too few", async () => {
  const endpoint = await saying(revision.artifact);
  const other = { ...revision, variables: "e".repeat(64) };
  expect((await gate({ a: { endpoint, observed: { revision: other } } })).evidence).toContain("expected ccccccc.dddd");
  const on = subjectOf({ a: { endpoint } });
  const missing = { ...on, instances: [handleOf("a"), handleOf("gone")] };
  const result = await runGate({ kind: "up", count: 2, timeout: 300 }, missing, contextOf());
  expect(result).toMatchObject({ verdict: "failed" });
  expect(result.evidence).toContain("gone is not known");
  expect((await runGate({ kind: "up", count: 2, timeout: 300 }, on, contextOf())).evidence).toContain("1 of 2");
});

test("a worker is up when it has lived for a moment", async () => {
  const result = await gate({ a: { endpoint: null } }, 3000);
  expect(result.verdict).toBe("passed");
  expect(result.took).toBeGreaterThanOrEqual(490);
});

test("fails what never listens within its timeout, and is inconclusive when the target never answers", async () => {
  const result = await gate({ a: { endpoint: { host: "127.0.0.1", port: 1 }, lines: ["waiting for a lock"] } }, 300);
  expect(result).toMatchObject({ verdict: "failed", detail: ["a: waiting for a lock"] });
  expect(result.evidence).toContain("connection refused");
  const on = subjectOf({ a: {} });
  const target = { ...on.target, instance: () => new Promise<never>(() => {}) };
  const hung = await runGate({ kind: "up", count: 1, timeout: 300 }, { ...on, target }, contextOf());
  expect(hung.verdict).toBe("inconclusive");
  expect(hung.took).toBeLessThan(1300);
});

test("a log that never ends does not keep a failure waiting", async () => {
  async function* endless(): AsyncIterable<string> {
    while (true) yield "again";
  }
  const died = { observed: { restarts: 2, lastExit: "exit 1" } };
  const result = await gate({ a: { ...died, logs: () => endless() } });
  expect(result.verdict).toBe("failed");
  expect(result.detail.length).toBe(20);
});

test("obeys the signal while the target hangs", async () => {
  const stop = new AbortController();
  const on = subjectOf({ a: {} });
  const target = scriptedTarget({}, async (seen, signal) => {
    await aborted(signal);
    return seen;
  });
  setTimeout(() => stop.abort(new Error("interrupted")), 50);
  await expect(
    runGate({ kind: "up", count: 1, timeout: 60_000 }, { ...on, target }, contextOf({ signal: stop.signal })),
  ).rejects.toThrow("interrupted");
});

test("lets the past of an instance that stays be, and fails it when it dies now", async () => {
  const observed = { release: "an earlier one", restarts: 3, lastExit: "exit 1" };
  const on = subjectOf({ a: { endpoint: await saying(revision.artifact), observed } });
  const spec = { kind: "up", count: 1, timeout: 1000 } as const;
  expect(await runGate(spec, on, contextOf())).toMatchObject({ verdict: "passed" });
  let looks = 0;
  const target = scriptedTarget({ a: { endpoint: await saying(revision.artifact), observed } }, async (seen) => {
    const [instance] = seen.services.blog?.instances ?? [];
    looks += 1;
    if (looks === 1 || instance === undefined) return seen;
    const blog = { instances: [{ ...instance, restarts: 4 }], route: null, marks: [], migrations: [] };
    return { ...seen, services: { blog } };
  });
  expect(await runGate(spec, { ...on, target }, contextOf())).toMatchObject({ verdict: "failed" });
});
