/** A program for another processor: a header that says aarch64 (or x86-64 where this is one), and nothing behind it. */
export function foreignProgram(): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF", 0, "latin1");
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  return header;
}
