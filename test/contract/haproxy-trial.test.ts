import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemRandom } from "../../src/io/random.ts";
import { hostLaunch } from "../../src/router/haproxy/launch.ts";
import { tryHaproxy } from "../../src/router/haproxy/try-haproxy.ts";
import { noHaproxy } from "../haproxy.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-trial-"));
afterAll(() => rmSync(folder, { recursive: true }));

const check = noHaproxy === null ? test : test.skip;

check(`HAProxy is tried where its folder has a long path, and nothing of that is left${noHaproxy ?? ""}`, async () => {
  for (const length of [20, 60, 75, 90, 150]) {
    const routers = join(folder, "r".repeat(length));
    mkdirSync(routers);
    await tryHaproxy({
      folder: join(routers, "shop.staging-8c0b8586d443"),
      listen: { host: "127.0.0.1", port: 18_099 },
      launch: hostLaunch(),
      random: systemRandom,
      signal: new AbortController().signal,
    });
    expect(readdirSync(routers)).toEqual([]);
  }
});
