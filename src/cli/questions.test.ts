import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { Interrupted } from "./interruption.ts";
import { askLine } from "./questions.ts";

const stop = new AbortController();
const onSignal = (): void => stop.abort(new Interrupted());
afterEach(() => void process.off("SIGINT", onSignal));

/** A person at a terminal, who types this. */
async function typing(keys: string): Promise<string> {
  const input = new PassThrough();
  const output = new PassThrough().resume();
  const answer = askLine("Start? ", stop.signal, { input, output, terminal: true });
  input.write(keys);
  return answer;
}

describe("a question on the terminal", () => {
  it("takes a line", async () => {
    expect(await typing(" yes \r")).toBe("yes");
  });

  it("takes the end of the input as no answer", async () => {
    expect(await typing("\u0004")).toBe("");
  });

  it("is interrupted by Ctrl-C, as everything else is", async () => {
    process.on("SIGINT", onSignal);
    await expect(typing("\u0003")).rejects.toBeInstanceOf(Interrupted);
  });
});
