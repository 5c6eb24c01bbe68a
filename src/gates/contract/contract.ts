import { readDocument } from "../../contracts/read/read-document.ts";
import type { ContractGate } from "../../plan/plan.ts";
import { limited } from "../limited.ts";
import { onceHealthy } from "../smoke/once-healthy.ts";
import { type Finding, failed, type GateCx, type GateSubject, inconclusive, passed } from "../subject.ts";
import { askSamples } from "./ask-samples.ts";
import { type Listening, ownContracts } from "./own-contracts.ts";

const ENDPOINT_TIME = 5000;

/**
 * Is the running service what its contract says? Every new instance is asked for its own contract, where it has one. One of them, as all run the same artifact, is
 * asked for what the smoke test asks for and for a sample of what the contract declares: both what is sent and what is answered is held against it.
 */
export async function contractGate(gate: ContractGate, on: GateSubject, cx: GateCx): Promise<Finding> {
  if (on.instances.length === 0) return failed("there is no instance to ask");
  const text = await read(() => on.committed(gate.file));
  if (text.kind === "fault") return inconclusive(`${gate.file} of what runs could not be read: ${text.why}`);
  if (text.text === null) return passed(`what runs has no ${gate.file}`);
  const declared = await readDocument(gate.file, on.committed);
  if (declared.kind === "problems")
    return failed(`${gate.file} cannot be read: ${declared.problems[0]?.message ?? ""}`);
  const unhealthy = gate.health === null ? null : await onceHealthy(gate.health, on, cx);
  if (unhealthy !== null) return unhealthy;
  const listening: Listening[] = [];
  for (const handle of on.instances) {
    const endpoint = await read(() => limited(ENDPOINT_TIME, cx, (signal) => on.target.endpoint(handle, { signal })));
    cx.signal.throwIfAborted();
    if (endpoint.kind === "fault")
      return inconclusive(`the target could not say where ${handle.id} listens: ${endpoint.why}`);
    if (endpoint.text !== null) listening.push({ id: handle.id, endpoint: endpoint.text });
  }
  const [one] = listening;
  if (one === undefined) return passed("it listens nowhere");
  const own = await ownContracts(declared.document, listening, cx);
  const asked = await askSamples({ gate, document: declared.document, endpoint: one.endpoint, cx });
  const wrong = [...own.wrong, ...asked.wrong.map((what) => ({ id: one.id, what }))];
  const [worst] = wrong;
  if (worst !== undefined) {
    const detail = wrong.map(({ id, what }) => (listening.length === 1 ? what : `${id}: ${what}`));
    return failed(`${worst.id} is not what ${gate.file} says: ${worst.what}`, detail);
  }
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
