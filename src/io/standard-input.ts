/** All that comes on stdin until its end; null: more than `limit` bytes. The signal ends the wait. */
export async function standardInput(limit: number, signal: AbortSignal): Promise<Uint8Array | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  const stop = (): void => void process.stdin.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const piece of process.stdin) {
      pieces.push(Buffer.from(piece as Uint8Array));
      size += pieces.at(-1)?.length ?? 0;
      if (size > limit) return null;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
  return Buffer.concat(pieces);
}
