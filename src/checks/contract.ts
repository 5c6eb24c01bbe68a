import { posix } from "node:path";
import { committedAt } from "../artifacts/git/committed-at.ts";
import type { GitAt } from "../artifacts/git/git.ts";
import { folderOf } from "../artifacts/source/source.ts";
import { allowanceProblems, NOT_COMPARED } from "../contracts/allowance-problems.ts";
import type { Caller } from "../contracts/callers/callers.ts";
import { compareContracts } from "../contracts/compare-contracts.ts";
import { judgeChanges } from "../contracts/judge-changes.ts";
import { apiOf } from "../contracts/model/api-of.ts";
import { type ReadText, readDocument } from "../contracts/read/read-document.ts";
import { CONTRACTS } from "../fleet/contract-names.ts";
import type { Service } from "../fleet/fleet.ts";
import { problem, Refused } from "../problem.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";

export type ContractOrder = Readonly<{
  service: Service;
  environment: string;
  at: GitAt;
  /** Where the fleet lies in its repository. */
  prefix: string;
  /** The commit that is to be deployed. */
  head: string;
  /** The commit of what is verified there; null: nothing is. */
  running: string | null;
  callers: readonly Caller[];
  releasing: ReadonlySet<string>;
  /** `YYYY-MM-DD`. */
  today: string;
}>;

/** Does what is to be deployed keep what the service promises where it runs? */
export async function checkContract(order: ContractOrder): Promise<Found> {
  const { service, running, at } = order;
  const { contract } = service;
  const old = running === null ? null : committedAt(at, running, order.prefix);
  if (contract.kind === "none") return contract.declared || old === null ? passed("none declared") : gone(order, old);
  const file = posix.join(folderOf(service), contract.file);
  const next = await readDocument(file, committedAt(at, order.head, order.prefix));
  if (next.kind === "problems") return failed(`${file} cannot be read as a contract`, next.problems);
  const wrong = allowanceProblems(apiOf(next.document));
  if (wrong.length > 0) return failed(`${file} allows what cannot be allowed`, wrong);
  if (old === null || running === null)
    return passed(
      `${file} can be read; nothing of ${service.name} is verified in ${order.environment} to compare it with`,
    );
  const before = await oldFile(order, file, old);
  if (before.kind === "unknown") {
    const why = apiOf(next.document).allowed.find(({ change, because }) => change === NOT_COMPARED && because !== "");
    return why === undefined ? before.found : passed(`not compared, allowed because ${why.because}`);
  }
  if (before.file === null) return passed(`${file} is new: ${service.name} had no contract in ${running.slice(0, 7)}`);
  const was = await readDocument(before.file, old);
  if (was.kind === "problems") {
    // What runs cannot be corrected any more: refusing would refuse its replacement for ever.
    return passed(`${file} can be read; what runs has one that cannot: ${was.problems[0]?.message ?? ""}`);
  }
  const changes = compareContracts({ old: was.document, next: next.document, today: order.today });
  const judged = judgeChanges({
    changes,
    callers: order.callers,
    releasing: order.releasing,
    before: `in ${running.slice(0, 7)}`,
  });
  const evidence = `${file} against ${running.slice(0, 7)}: ${judged.evidence}`;
  return judged.refused ? failed(evidence, judged.problems) : passed(evidence);
}

type OldFile = Readonly<{ kind: "file"; file: string | null } | { kind: "unknown"; found: Found }>;

/** Where the contract was: at the same path, or where contracts are found. */
async function oldFile({ service, running }: ContractOrder, file: string, read: ReadText): Promise<OldFile> {
  try {
    const names = [file, ...CONTRACTS.map((name) => posix.join(folderOf(service), name))];
    for (const name of names) if ((await read(name)) !== null) return { kind: "file", file: name };
    return { kind: "file", file: null };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const commit = running?.slice(0, 7) ?? "";
    const hint =
      "fetch it: `git fetch --unshallow`, or its branch; where it is gone for good, `x-sampan-allow` in the contract: change: not-compared";
    const message = `${service.name} runs what was made from ${commit}, which is not in this repository: its contract cannot be compared`;
    return { kind: "unknown", found: inconclusive(message, [problem("contract-not-compared", message, hint)]) };
  }
}

/** A contract that is not found any more promises nothing any more. */
async function gone(order: ContractOrder, read: ReadText): Promise<Found> {
  const { service, callers, releasing } = order;
  const before = await oldFile(order, posix.join(folderOf(service), CONTRACTS[0] ?? ""), read);
  if (before.kind === "unknown" || before.file === null) return passed("none found");
  const left = callers.filter((caller) => !releasing.has(caller.service)).map((caller) => caller.service);
  if (left.length === 0) return passed(`${before.file} is gone; nobody of the fleet that runs there calls it`);
  const hint = `put it back; if it is somewhere else, say where by \`contract:\`; if it is meant, \`contract: none\``;
  return failed(`${before.file} is gone`, [
    problem(
      "contract-gone",
      `${service.name} had the contract ${before.file}, and has none: ${left.join(", ")} relied on it`,
      hint,
    ),
  ]);
}
