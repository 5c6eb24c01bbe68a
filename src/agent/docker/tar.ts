type TarFile = Readonly<{ path: string; content: string; mode: number }>;

const BLOCK = 512;

/** A ustar archive of a few small files, owned by root: what the engine takes to put files into a container. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap((file) => {
    const content = Buffer.from(file.content);
    return [header(file, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header({ path, mode }: TarFile, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const name = path.replace(/^\/+/, "");
  // Longer names are split at a slash: up to 155 bytes before it and 100 after it.
  const cut = Buffer.byteLength(name) <= 100 ? -1 : name.indexOf("/", Buffer.byteLength(name) - 101);
  const field = (at: number, text: string) => block.write(text, at, "utf8");
  const octal = (at: number, width: number, value: number) =>
    field(at, `${value.toString(8).padStart(width - 1, "0")}\0`);
  field(0, name.slice(cut + 1));
  octal(100, 8, mode);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, size);
  octal(136, 12, 0);
  field(148, "        ");
  field(156, "0");
  field(257, "ustar\x0000");
  if (cut >= 0) field(345, name.slice(0, cut));
  const sum = block.reduce((total, byte) => total + byte, 0);
  field(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
