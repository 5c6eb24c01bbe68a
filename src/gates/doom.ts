import type { Handle } from "../targets/target.ts";
import type { Standing } from "./instances.ts";
import { FOR_THE_REASON, lastLines, tellingLine } from "./last-lines.ts";
import { type Finding, failed, type GateCx, type GateSubject } from "./subject.ts";

/** What is said of an instance that cannot come right any more: of one that died with its own word on why, where its log has one. */
export async function doom(
  its: Extract<Standing, { kind: "doomed" }>,
  handle: Handle,
  on: GateSubject,
  cx: GateCx,
): Promise<Finding> {
  const lines = await lastLines(handle, on, cx, its.died ? FOR_THE_REASON : undefined);
  const word = its.died ? tellingLine(lines) : null;
  const about = lines.map((line) => `${handle.id}: ${line}`);
  return failed(word === null ? its.why : `${its.why}: ${word}`, about);
}
