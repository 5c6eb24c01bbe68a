import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeHarbour } from "../../src/demo/close-harbour.ts";
import { must, openHarbour } from "../../src/demo/harbour.ts";
import { processEnvironment } from "../../src/io/environment.ts";
import { systemRandom } from "../../src/io/random.ts";
import { type BenchFleet, benchFleet } from "./bench-fleet.ts";

/** The six services of the example fleet with a PostgreSQL of their own; their logs are not watched after the switch. */
export async function go2asia(): Promise<BenchFleet> {
  const folder = mkdtempSync(join(tmpdir(), "sampan-bench-go2asia-"));
  const signal = new AbortController().signal;
  const close = async (): Promise<void> => {
    await closeHarbour({ folder, signal });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const harbour = await openHarbour({
      folder,
      env: processEnvironment(),
      owned: true,
      random: systemRandom,
      signal,
      say: () => {},
    });
    const { repository: root, home, env } = harbour;
    const git = (...args: string[]) => must({ argv: ["git", ...args], cwd: root, env, signal });
    await git("switch", "--quiet", "develop");
    const file = join(root, "sampan.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("watch: 1s", "watch: 0s"));
    await git("commit", "--quiet", "--all", "--message=Watch no logs after the switch");
    await git("push", "--quiet");
    let changes = 0;
    return await benchFleet({
      name: "go2asia",
      root,
      home,
      env,
      change: async () => {
        changes += 1;
        writeFileSync(join(root, "env", "staging.env"), `LOG_LEVEL=info\nDATABASE_POOL_SIZE=${4 + changes}\n`);
      },
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}
