import { StepFault } from "../../fault.ts";
import { LineSplitter } from "../instances/log-lines.ts";
import type { Engine } from "./engine.ts";
import { unframed } from "./frames.ts";
import type { Sight } from "./sight.ts";

/** Lines of a container's log from its first start on, in the batches that they came in; of each at most 64 KiB. */
export async function* containerLines(
  engine: Engine,
  sight: Sight,
  options: Readonly<{ follow: boolean; signal: AbortSignal }>,
): AsyncGenerator<readonly string[]> {
  const { follow, signal } = options;
  const over = new AbortController();
  const body = await engine
    .stream(
      {
        method: "GET",
        path: `/containers/${sight.container}/logs`,
        query: { stdout: "true", stderr: "true", follow: String(follow) },
        signal: AbortSignal.any([signal, over.signal]),
      },
      `The log of ${sight.instance} cannot be read`,
    )
    .catch((error: unknown) => {
      throw error instanceof StepFault && error.code === "engine-refused" ? unreadable(error, sight) : error;
    });
  // Two streams are two writers: half a line of the one must not be continued by the other.
  const splitters = new Map<number, LineSplitter>();
  try {
    for await (const { stream, bytes } of sight.tty ? plain(body) : unframed(body)) {
      const splitter = splitters.get(stream) ?? new LineSplitter();
      splitters.set(stream, splitter);
      const lines = splitter.push(bytes);
      if (lines.length > 0) yield lines;
    }
    for (const splitter of splitters.values()) {
      const rest = splitter.end();
      if (rest !== null) yield [rest];
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
  }
}

async function* plain(body: AsyncIterable<Buffer>): AsyncGenerator<Readonly<{ stream: number; bytes: Buffer }>> {
  for await (const bytes of body) yield { stream: 1, bytes };
}

const unreadable = ({ message }: StepFault, { instance, logDriver }: Sight) =>
  new StepFault({
    code: "logs-unreadable",
    message: `${instance} logs by the driver ${logDriver}, which cannot be read back: ${message}`,
  });
