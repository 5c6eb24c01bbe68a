import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRegistry } from "../test/docker/registry.ts";
import { type Measured, median, type Options, round } from "./figure.ts";
import { SAMPAN } from "./start.ts";
import { timedWell } from "./timed.ts";

const EXAMPLE = fileURLToPath(new URL("../examples/go2asia", import.meta.url));

/** `sampan build` of the example fleet's six images where all of them are in the registry already. */
export async function measureImages({ quick, say }: Options): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "sampan-bench-images-"));
  const registry = await startRegistry();
  const name = `bench-images-${process.pid}`;
  const root = join(folder, "repository");
  const env = { ...process.env, SAMPAN_HOME: join(folder, "home"), GIT_CONFIG_GLOBAL: "/dev/null" };
  try {
    cpSync(EXAMPLE, root, { recursive: true, filter: (path) => !/\/(?:node_modules|dist|env\/[^/]+)$/.test(path) });
    const file = join(root, "sampan.compose.yaml");
    const fleet = readFileSync(file, "utf8").replace(/^fleet: .*$/m, `fleet: ${name}`);
    writeFileSync(file, fleet.replace(/^image: .*$/m, `image: ${registry.address}/${name}/{service}`));
    const git = (...args: readonly string[]) =>
      timedWell(["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args]);
    await git("init", "--quiet", "--initial-branch=develop");
    await git("add", "--all");
    await git("commit", "--quiet", "--message=The fleet");
    const build = (): ReturnType<typeof timedWell> =>
      timedWell([process.execPath, SAMPAN, "--fleet", file, "build", "--json"], { cwd: root, env });
    say("builds the six images once");
    const first = await build();
    const runs: number[] = [];
    for (let run = 0; run < (quick ? 3 : 11); run += 1) runs.push((await build()).ms);
    return {
      bench: "images",
      figures: [
        { what: "`sampan build` of six unchanged images, median", value: round(median(runs)), unit: "ms", bound: 2000 },
        { what: "the first build of the six", value: round(first.ms / 1000, 1), unit: "s", bound: null },
      ],
      detail: { runs: runs.map((ms) => round(ms)), first: round(first.ms) },
    };
  } finally {
    await removeImages(name);
    await registry.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function removeImages(fleet: string): Promise<void> {
  const { stdout } = await timedWell([
    "docker",
    "image",
    "ls",
    "--quiet",
    "--no-trunc",
    "--filter",
    `label=sampan.image.fleet=${fleet}`,
  ]);
  const ids = [...new Set(stdout.split("\n").filter(Boolean))];
  if (ids.length > 0) await timedWell(["docker", "image", "rm", "--force", ...ids]);
}
