import { placeText } from "../../contracts/judge-changes.ts";
import { apiOf } from "../../contracts/model/api-of.ts";
import type { Document } from "../../contracts/read/document.ts";
import { judgeReply } from "../../contracts/validate/judge-reply.ts";
import { judgeRequest } from "../../contracts/validate/judge-request.ts";
import { operationFor } from "../../contracts/validate/match-path.ts";
import { type Sample, samplesOf } from "../../contracts/validate/sample.ts";
import { createValidator, type Validator } from "../../contracts/validate/validator.ts";
import type { ContractGate } from "../../plan/plan.ts";
import type { GateCx } from "../subject.ts";
import { type Asking, ask } from "./asking.ts";

/** Of the contract's own requests; those of the smoke test come on top. */
const MOST = 20;
/** A service that has just started may need a second to do what it can. */
const TRIES = 5;
const PAUSE = 250;

export type Asked = Readonly<{ wrong: readonly string[]; said: string; left: readonly string[] }>;

type Declared = Sample & Readonly<{ json?: unknown; wrong: readonly string[] }>;

/** Every request of the smoke test that the contract knows, and a sample of its own: what is sent and what is answered must be as it declares. */
export async function askSamples(of: Asking & Readonly<{ gate: ContractGate; document: Document }>): Promise<Asked> {
  const { gate, document, cx } = of;
  const api = apiOf(document);
  const validate = createValidator(document, "response");
  let forRequests: Validator | null = null;
  const validateSent = (): Validator => {
    forRequests ??= createValidator(document, "request");
    return forRequests;
  };
  const smoke = gate.requests.flatMap(({ method, path, headers, json, expect }): readonly Declared[] => {
    const operation = operationFor(api, method, path);
    if (operation === null) return [];
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const meant = { json, headers: named, status: expect.status };
    const wrong = judgeRequest({ document, operation, validate: validateSent }, meant);
    return [{ operation, method, path, headers: named, json, wrong }];
  });
  const own = samplesOf(api, MOST);
  const asked = new Set<string>();
  const wrong: string[] = [];
  const samples: readonly Declared[] = [...smoke, ...own.samples.map((sample) => ({ ...sample, wrong: [] }))];
  for (const sample of samples) {
    const key = JSON.stringify([sample.method, sample.path, sample.headers, sample.json]);
    if (asked.has(key)) continue;
    asked.add(key);
    const found = await tryAgain(cx, async () => {
      const answer = await ask(of, sample);
      // What is larger than anybody reads is not judged.
      if (answer.kind === "none") return answer.why === "too-much" ? [] : [`no answer: ${answer.message}`];
      return judgeReply(
        { document, operation: sample.operation, validate },
        { status: answer.status, headers: answer.headers, body: answer.body.toString("utf8") },
      );
    });
    wrong.push(
      ...[...sample.wrong, ...found].map(
        (one) => `${sample.method} ${sample.path}: ${one} (${placeText(document.place(sample.operation.spot))})`,
      ),
    );
  }
  const left = own.left.map(({ operation, why }) => `not asked: ${operation.name}: ${why}`);
  return {
    wrong,
    left,
    said: `${asked.size} requests answered as declared${left.length === 0 ? "" : `, ${left.length} operations not asked`}`,
  };
}

async function tryAgain(cx: GateCx, once: () => Promise<readonly string[]>): Promise<readonly string[]> {
  for (let left = TRIES - 1; ; left -= 1) {
    const found = await once();
    if (found.length === 0 || left === 0) return found;
    cx.log(`contract: ${found[0]}; ${left} tries left`);
    await cx.clock.sleep(PAUSE, cx.signal);
  }
}
