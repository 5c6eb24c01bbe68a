import { compareContracts, isBreak } from "../../contracts/compare-contracts.ts";
import { changeText, placeText } from "../../contracts/judge-changes.ts";
import type { Document } from "../../contracts/read/document.ts";
import { readDocument } from "../../contracts/read/read-document.ts";
import { isoTime } from "../../io/iso-time.ts";
import type { Endpoint } from "../../targets/target.ts";
import type { GateCx } from "../subject.ts";
import { ask } from "./asking.ts";

/** Where a service says what it is itself. */
const OWN = "/openapi.json";

export type Listening = Readonly<{ id: string; endpoint: Endpoint }>;

/** What is wrong, by the instance that it was seen at. */
export type Wrong = Readonly<{ id: string; what: string }>;

export type Own = Readonly<{ wrong: readonly Wrong[]; said: string }>;

/**
 * What each instance says of itself must promise all that the contract does. All of them run one artifact, and may still be told apart by what they were configured with, or by what
 * they found when they started.
 */
export async function ownContracts(declared: Document, all: readonly Listening[], cx: GateCx): Promise<Own> {
  const texts = await Promise.all(
    all.map(async ({ id, endpoint }) => {
      const answer = await ask({ endpoint, cx }, { method: "GET", path: OWN, headers: {} });
      const text = answer.kind === "none" || answer.status !== 200 ? null : answer.body.toString("utf8");
      return { id, text };
    }),
  );
  const has = texts.filter(({ text }) => text !== null);
  const [first] = has;
  if (first === undefined) return { wrong: [], said: `it has no ${OWN}` };
  const wrong = texts
    .filter(({ text }) => text === null)
    .map(({ id }): Wrong => ({ id, what: `it has no ${OWN}, and ${first.id} has one` }));
  let unread: string | null = null;
  // Most say the same, word for word.
  const texted = new Map(has.map(({ id, text }): [string, string] => [text ?? "", id]).toReversed());
  for (const [text, id] of texted) {
    const served = await readDocument(OWN, async (file) => (file === OWN ? text : null));
    if (served.kind === "problems") {
      unread = `its ${OWN} is no contract: ${served.problems[0]?.message ?? ""}`;
      continue;
    }
    const today = isoTime(cx.clock.now()).slice(0, 10);
    const breaks = compareContracts({ old: declared, next: served.document, today }).filter(isBreak);
    for (const change of breaks) {
      const what = `its own ${OWN} promises less than ${placeText(change.old)}: ${changeText(change)} (${change.kind})`;
      wrong.push({ id, what });
    }
  }
  const times = all.length === 1 ? "" : `, in each of ${all.length} instances`;
  return { wrong, said: unread ?? `its own ${OWN} promises all of it${times}` };
}
