import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/temporary-repository.ts";
import { collect } from "./peek.ts";
import { readTar, TarError } from "./tar.ts";

let folder: string;
const LONG = `${"long-folder-name/".repeat(12)}file.txt`;
beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, "top", LONG, ".."), { recursive: true });
  writeFileSync(join(folder, "top", LONG), "deep");
  writeFileSync(join(folder, "top", "empty"), "");
  writeFileSync(join(folder, "top", "ünï.bin"), Buffer.alloc(100_000, 7));
  symlinkSync("ünï.bin", join(folder, "top", "link"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tarOf = (format: string): Buffer =>
  execFileSync("tar", [`--format=${format}`, "--sort=name", "-C", join(folder, "top"), "-cf", "-", "."], {
    maxBuffer: 1e8,
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function listed(bytes: Buffer, size: number): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {};
  for await (const entry of readTar(inPieces(bytes, size))) {
    if (entry.kind === "folder") continue;
    const content = entry.path.endsWith("empty") ? null : await collect(entry.content, 1e6);
    found[entry.path] = [entry.kind, entry.size, entry.target, content?.subarray(0, 4).toString("latin1") ?? null];
  }
  return found;
}

describe("readTar", () => {
  it.each(["gnu", "pax", "posix"])("reads what tar writes as %s, in whatever pieces it comes", async (format) => {
    const expected = {
      [`./${LONG}`]: ["file", 4, "", "deep"],
      "./empty": ["file", 0, "", null],
      "./link": ["link", 0, "ünï.bin", ""],
      "./ünï.bin": ["file", 100_000, "", "\x07\x07\x07\x07"],
    };
    const bytes = tarOf(format);
    for (const size of [1, 511, 512, 65_536, bytes.length]) expect(await listed(bytes, size)).toEqual(expected);
  });

  it("goes on to the next entry, whatever of one was read", async () => {
    const paths: string[] = [];
    for await (const { path } of readTar(inPieces(tarOf("pax"), 1000))) paths.push(path);
    expect(paths).toContain("./ünï.bin");
    expect(paths.filter((path) => !path.endsWith("/"))).toHaveLength(4);
  });

  it("refuses what stops short or is none", async () => {
    const bytes = tarOf("gnu");
    await expect(listed(bytes.subarray(0, 5000), 512)).rejects.toThrow(TarError);
    await expect(listed(Buffer.alloc(2048, 65), 512)).rejects.toThrow(TarError);
    expect(await listed(Buffer.alloc(1024), 512)).toEqual({});
  });
});
