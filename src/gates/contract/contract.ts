import { compareContracts, isBreak } from "../../contracts/compare-contracts.ts";
import { changeText, placeText } from "../../contracts/judge-changes.ts";
import { apiOf } from "../../contracts/model/api-of.ts";
import type { Document } from "../../contracts/read/document.ts";
import { readDocument } from "../../contracts/read/read-document.ts";
import { judgeReply } from "../../contracts/validate/judge-reply.ts";
import { operationFor } from "../../contracts/validate/match-path.ts";
import { type Sample, samplesOf } from "../../contracts/validate/sample.ts";
import { createValidator } from "../../contracts/validate/validator.ts";
import type { BoundedAnswer } from "../../io/bounded-request.ts";
import { boundedRequest } from "../../io/bounded-request.ts";
import { isoTime } from "../../io/iso-time.ts";
import type { ContractGate } from "../../plan/plan.ts";
import type { Endpoint } from "../../targets/target.ts";
import { limited } from "../limited.ts";
import { onceHealthy } from "../smoke/once-healthy.ts";
import { type Finding, failed, type GateCx, type GateSubject, inconclusive, passed } from "../subject.ts";

const ENDPOINT_TIME = 5000;
const TIMEOUT = 10_000;
const LIMIT = 8 * 1024 * 1024;
/** Of the contract's own requests; those of the smoke test come on top. */
const MOST = 20;
/** A service that has just started may need a second to do what it can. */
const TRIES = 5;
const PAUSE = 250;

/** Where a service says what it is itself. */
const OWN = "/openapi.json";

/**
 * Is the running service what its contract says? One new instance is asked for its own contract, where it has one, and for a sample of what it
 * declares: requests that change nothing, answers validated by the declared schemas.
 */
export async function contractGate(gate: ContractGate, on: GateSubject, cx: GateCx): Promise<Finding> {
  const [handle] = on.instances;
  if (handle === undefined) return failed("there is no instance to ask");
  const text = await read(() => on.committed(gate.file));
  if (text.kind === "fault") return inconclusive(`${gate.file} of what runs could not be read: ${text.why}`);
  if (text.text === null) return passed(`what runs has no ${gate.file}`);
  const declared = await readDocument(gate.file, on.committed);
  if (declared.kind === "problems")
    return failed(`${gate.file} cannot be read: ${declared.problems[0]?.message ?? ""}`);
  const unhealthy = gate.health === null ? null : await onceHealthy(gate.health, on, cx);
  if (unhealthy !== null) return unhealthy;
  const endpoint = await read(() => limited(ENDPOINT_TIME, cx, (signal) => on.target.endpoint(handle, { signal })));
  cx.signal.throwIfAborted();
  if (endpoint.kind === "fault")
    return inconclusive(`the target could not say where ${handle.id} listens: ${endpoint.why}`);
  if (endpoint.text === null) return passed("it listens nowhere");
  const asking = { endpoint: endpoint.text, cx };
  const own = await ownContract(declared.document, asking);
  const asked = await askSamples({ gate, document: declared.document, ...asking });
  const wrong = [...own.wrong, ...asked.wrong];
  if (wrong.length > 0) return failed(`${handle.id} is not what ${gate.file} says: ${wrong[0]}`, wrong);
  return passed(`${asked.said}; ${own.said}`, asked.left);
}

type Read<T> = Readonly<{ kind: "read"; text: T } | { kind: "fault"; why: string }>;

async function read<T>(from: () => Promise<T>): Promise<Read<T>> {
  try {
    return { kind: "read", text: await from() };
  } catch (error) {
    return { kind: "fault", why: (error as Error).message };
  }
}

type Asking = Readonly<{ endpoint: Endpoint; cx: GateCx }>;

const get = ({ endpoint, cx }: Asking, of: Pick<Sample, "method" | "path" | "headers">): Promise<BoundedAnswer> =>
  boundedRequest({
    ...endpoint,
    method: of.method,
    path: of.path,
    headers: { accept: "application/json, */*", ...of.headers },
    timeout: TIMEOUT,
    limit: LIMIT,
    signal: cx.signal,
  });

type Own = Readonly<{ wrong: readonly string[]; said: string }>;

/** What the service says of itself must promise all that its contract does. */
async function ownContract(declared: Document, asking: Asking): Promise<Own> {
  const answer = await get(asking, { method: "GET", path: OWN, headers: {} });
  const none = { wrong: [], said: `it has no ${OWN}` };
  if (answer.kind === "none" || answer.status !== 200) return none;
  const served = await readDocument(OWN, async (file) => (file === OWN ? answer.body.toString("utf8") : null));
  if (served.kind === "problems")
    return { ...none, said: `its ${OWN} is no contract: ${served.problems[0]?.message ?? ""}` };
  const today = isoTime(asking.cx.clock.now()).slice(0, 10);
  const breaks = compareContracts({ old: declared, next: served.document, today }).filter(isBreak);
  return {
    wrong: breaks.map(
      (change) => `its own ${OWN} promises less than ${placeText(change.old)}: ${changeText(change)} (${change.kind})`,
    ),
    said: `its own ${OWN} promises all of it`,
  };
}

type Asked = Readonly<{ wrong: readonly string[]; said: string; left: readonly string[] }>;

async function askSamples(of: Asking & Readonly<{ gate: ContractGate; document: Document }>): Promise<Asked> {
  const { gate, document, cx } = of;
  const api = apiOf(document);
  const smoke = gate.requests.flatMap((check): readonly Sample[] => {
    const operation = operationFor(api, check.method, check.path);
    return operation === null ? [] : [{ operation, method: check.method, path: check.path, headers: check.headers }];
  });
  const own = samplesOf(api, MOST);
  const validate = createValidator(document);
  const asked = new Set<string>();
  const wrong: string[] = [];
  for (const sample of [...smoke, ...own.samples]) {
    const key = JSON.stringify([sample.method, sample.path, sample.headers]);
    if (asked.has(key)) continue;
    asked.add(key);
    const found = await tryAgain(cx, async () => {
      const answer = await get(of, sample);
      // What is larger than anybody reads is not judged.
      if (answer.kind === "none") return answer.why === "too-much" ? [] : [`no answer: ${answer.message}`];
      return judgeReply(
        { document, operation: sample.operation, validate },
        { status: answer.status, headers: answer.headers, body: answer.body.toString("utf8") },
      );
    });
    wrong.push(
      ...found.map(
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
