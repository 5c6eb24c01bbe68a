import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CiDocument } from "../src/ci/report/outcome.ts";
import { type Measured, median, type Options, round } from "./figure.ts";
import { largeRepository } from "./large-repository.ts";
import { timedWell } from "./timed.ts";

const BIN = fileURLToPath(new URL("../bin/sampan.js", import.meta.url));
const SIZE = { packages: 200, services: 60, commits: 10_000 } as const;

/** `sampan ci --decide` as a process, after a push of one commit, and for a pull request of a thousand. */
export async function measureCi({ quick, say }: Options): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "sampan-bench-ci-"));
  try {
    const root = join(folder, "repo");
    const { head, before } = await largeRepository(root, SIZE);
    const far = (await timedWell(["git", "rev-parse", "HEAD~1000"], { cwd: root })).stdout.trim();
    const common = { GITLAB_CI: "true", CI_COMMIT_SHA: head, CI_PIPELINE_ID: "1" };
    const push = { ...common, CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "develop", CI_COMMIT_BEFORE_SHA: before };
    const request = {
      ...common,
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "develop",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: far,
    };
    const runs: Record<"push" | "request", { ms: number; affected: number }[]> = { push: [], request: [] };
    for (let run = 0; run < (quick ? 3 : 9); run += 1) {
      for (const [kind, env] of [
        ["push", push],
        ["request", request],
      ] as const) {
        const at = {
          cwd: root,
          env: { PATH: process.env.PATH ?? "", HOME: folder, SAMPAN_HOME: join(folder, "home"), ...env },
        };
        const argv = [
          process.execPath,
          BIN,
          "ci",
          "--decide",
          "--json",
          "--evidence",
          join(folder, "evidence"),
        ] as const;
        const ran = await timedWell([...argv], at);
        const document = JSON.parse(ran.stdout) as CiDocument;
        if (document.affected.length === 0 || document.base === null) throw new Error(`nothing decided: ${ran.stdout}`);
        runs[kind].push({ ms: ran.ms, affected: document.affected.length });
      }
    }
    for (const [kind, all] of Object.entries(runs))
      say(`${kind}: ${all.map(({ ms }) => round(ms)).join(", ")} ms, ${all[0]?.affected} services affected`);
    const figure = (what: string, all: readonly Readonly<{ ms: number }>[]) => ({
      what,
      value: round(median(all.map(({ ms }) => ms))),
      unit: "ms",
      bound: 1000,
    });
    return {
      bench: "ci",
      figures: [
        figure("`sampan ci` decides on 200 packages and 10,000 commits, push of one: median", runs.push),
        figure("the same for a pull request of 1,000 commits", runs.request),
      ],
      detail: { runs, size: SIZE },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
