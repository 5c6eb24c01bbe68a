import { StepFault } from "../fault.ts";

/** Longer requests than any that Sampan makes; who sends one is not Sampan. */
const LONGEST = 16 * 1024 * 1024;

/** The lines of a stream of bytes. Throws a StepFault for one that does not end. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, at)]).toString("utf8");
      parts = [];
      length = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LONGEST) throw new StepFault({ code: "malformed", message: `A line has more than ${LONGEST} bytes` });
  }
}
