/** The first bytes of a stream (fewer where it is shorter), and the whole of it again. */
export async function peek(
  source: AsyncIterable<Buffer>,
  size: number,
): Promise<Readonly<{ head: Buffer; whole: AsyncIterable<Buffer> }>> {
  const iterator = source[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let length = 0;
  while (length < size) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    taken.push(value);
    length += value.length;
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* taken;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  };
  return { head: Buffer.concat(taken).subarray(0, size), whole: whole() };
}

/** All of it, or null when it is longer than `limit`; then too it is read to its end. */
export async function collect(source: AsyncIterable<Buffer>, limit: number): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
    else pieces.length = 0;
  }
  return size <= limit ? Buffer.concat(pieces) : null;
}
