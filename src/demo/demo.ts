import { join } from "node:path";
import type { Clock } from "../io/clock.ts";
import { removeFolder } from "../io/folders.ts";
import type { Random } from "../io/random.ts";
import type { ReleaseDocument } from "../release/outcome.ts";
import { closeHarbour } from "./close-harbour.ts";
import { type Harbour, must, openHarbour } from "./harbour.ts";
import { startTraffic } from "./traffic.ts";
import { releaseDocument, type Verbs, verbs } from "./verbs.ts";

export type DemoOptions = Readonly<{
  /** Absolute; made, and removed at the end unless `keep`. */
  folder: string;
  keep: boolean;
  env: Readonly<Record<string, string>>;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  /** Chapters of the story. */
  say: (line: string) => void;
  /** What Sampan prints meanwhile. */
  detail: (line: string) => void;
}>;

export type DemoDocument = Readonly<{
  formatVersion: 1;
  releases: readonly ReleaseDocument[];
  requests: Readonly<{ served: number; lost: number }>;
  seconds: number;
  /** Where it was left up; null: nothing is left. */
  kept: string | null;
}>;

/**
 * The whole story of a fleet on this machine: seven releases, six verified and one thrown back, under load.
 * @throws Error when a chapter does not end as it should.
 */
export async function demo(options: DemoOptions): Promise<DemoDocument> {
  const { clock, say, signal, folder } = options;
  const began = clock.monotonic();
  let finished = false;
  let harbour: Harbour | null = null;
  try {
    harbour = await openHarbour({ ...options, owned: !options.keep });
    const releases = await story(harbour, options);
    finished = true;
    const { requests } = releases;
    return {
      formatVersion: 1,
      releases: releases.documents,
      requests,
      seconds: Math.round((clock.monotonic() - began) / 100) / 10,
      kept: options.keep ? folder : null,
    };
  } finally {
    if (!(options.keep && finished)) {
      say("ending everything that was started");
      await closeHarbour({ folder, signal: AbortSignal.timeout(60_000) });
      await removeFolder(folder);
    }
    signal.throwIfAborted();
  }
}

type Story = Readonly<{ documents: readonly ReleaseDocument[]; requests: DemoDocument["requests"] }>;

async function story(harbour: Harbour, { say, detail, signal }: DemoOptions): Promise<Story> {
  const documents: ReleaseDocument[] = [];
  const sampan = verbs({ cwd: harbour.repository, env: harbour.env, onLine: detail, signal });
  const git = (...args: string[]) =>
    must({ argv: ["git", ...args], cwd: harbour.repository, env: harbour.env, signal });
  const change = async (patch: string): Promise<void> => {
    await git("apply", "--index", join("changes", patch));
    await git("commit", "--quiet", `--message=${patch}`);
    await git("push", "--quiet");
  };
  const merge = async (): Promise<void> => {
    await git("switch", "--quiet", "main");
    await git("merge", "--quiet", "--ff-only", "develop");
    await git("push", "--quiet");
  };

  say("1  first deployment of six services to staging");
  await git("switch", "--quiet", "develop");
  documents.push(releaseDocument(await sampan.run(["deploy", "staging"]), "verified"));
  say("   the same artifacts to production, its checklist confirmed");
  await merge();
  documents.push(await approved(sampan));
  const first = documents.at(-1)?.release ?? "";

  say("2  load on both environments");
  let requests = { served: 0, lost: 0 };
  const trafficOf = (environment: "staging" | "production") =>
    startTraffic({
      base: `http://127.0.0.1:${harbour.listen[environment]}`,
      secrets: join(harbour.folder, "secrets", `${environment}.json`),
      signal,
    });
  const traffic = [await trafficOf("staging"), await trafficOf("production")];
  try {
    say("3  a change with a migration in points, content and blog: staging, then production");
    await git("switch", "--quiet", "develop");
    await change("01-better.patch");
    documents.push(releaseDocument(await sampan.run(["deploy", "staging"]), "verified"));
    await merge();
    documents.push(await approved(sampan));

    say("4  a bad change: healthy, but its logs and its smoke test fail");
    await git("switch", "--quiet", "develop");
    await change("02-bad.patch");
    documents.push(releaseDocument(await sampan.run(["deploy", "staging"]), "rolled-back"));
    await git("revert", "--no-edit", "HEAD");
    await git("push", "--quiet");

    say("5  a third change: the deployer is killed in the middle, and resumed");
    await change("03-third.patch");
    await sampan.runUntil(["deploy", "staging"], /✓ (atlas|pulse)\.up /);
    const resumed = releaseDocument(await sampan.run(["resume", "staging"]), "verified");
    if (resumed.release === null) throw new Error("the deployer was not killed in the middle of its release");
    documents.push(resumed);

    say("6  production goes back to its first release");
    documents.push(releaseDocument(await sampan.run(["rollback", "production", "--to", first]), "verified"));
  } finally {
    const stopped = await Promise.all(traffic.map(({ stop }) => stop()));
    for (const { losses } of stopped)
      for (const { kind, mix, detail: how } of losses) detail(`lost: ${mix} ${kind} ${how}`);
    for (const { served, lost } of stopped) requests = { served: requests.served + served, lost: requests.lost + lost };
  }
  return { documents, requests };
}

/** Asks for the deployment, confirms each item of the checklist that it waits for, and asks again. */
async function approved(sampan: Verbs): Promise<ReleaseDocument> {
  const waiting = releaseDocument(await sampan.run(["deploy", "production"]), "awaiting-approval");
  for (const { message } of waiting.problems) {
    const [item = ""] = message.split(":");
    const evidence = ["--evidence", "https://ci.example/runs/1"];
    const answer = await sampan.run(["approve", waiting.release ?? "", "--item", item, "--by", "demo", ...evidence]);
    if (answer.code !== 0) throw new Error(`item ${item} could not be confirmed: ${JSON.stringify(answer.document)}`);
  }
  return releaseDocument(await sampan.run(["deploy", "production"]), "verified");
}
