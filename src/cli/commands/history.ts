import { isoSeconds } from "../../io/iso-time.ts";
import { oneLine } from "../../plain.ts";
import { type AllowedStatement, allowedIn } from "../../release/allowed-statement.ts";
import { type ApprovalDocument, approvalIn } from "../../release/approval-document.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { table } from "../render/table.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Who deployed what, when, and how it ended. */
export async function history(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const releases = await (await at.store()).releases(environment.name, Number(call.options.limit));
  const entries = releases.map(({ id, kind, status, commit, by, createdAt, endedAt, plan, evidence }) => ({
    release: id,
    kind,
    status,
    commit,
    by,
    at: isoSeconds(createdAt),
    seconds: endedAt === null ? null : Math.round((endedAt - createdAt) / 100) / 10,
    breakGlass: typeof evidence.breakGlass === "string" ? evidence.breakGlass : null,
    approval: approvalIn(evidence),
    allowed: allowedIn(evidence),
    services: plan.services.filter(({ change }) => change !== "none").map(({ name }) => name),
  }));
  if (wantsJson(call)) printJson({ formatVersion: 1, environment: environment.name, releases: entries });
  else if (entries.length === 0) process.stdout.write(`${environment.name}: no release yet\n`);
  else {
    process.stdout.write(
      table([
        ["release", "what", "status", "commit", "by", "at", "time", "services"],
        ...entries.map((entry) => [
          entry.release,
          entry.kind,
          entry.status,
          entry.commit?.slice(0, 7) ?? "–",
          entry.by,
          entry.at,
          entry.seconds === null ? "–" : `${entry.seconds} s`,
          entry.services.join(" ") +
            oneLine(agreedBy(entry.approval)) +
            oneLine(letThrough(entry.allowed)) +
            (entry.breakGlass === null ? "" : oneLine(`  (broke the glass: ${entry.breakGlass})`)),
        ]),
      ]),
    );
  }
  return EXIT.done;
}

const agreedBy = (approval: readonly ApprovalDocument[]): string => {
  const people = [...new Set(approval.flatMap(({ by }) => by))];
  return people.length === 0 ? "" : `  (approved by ${people.join(", ")})`;
};

const letThrough = (allowed: readonly AllowedStatement[]): string =>
  allowed
    .map(({ service, file, line, rule, because }) => `  (${service} ${file}:${line} allows ${rule}: ${because})`)
    .join("");
