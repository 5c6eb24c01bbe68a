import { readFile } from "node:fs/promises";
import { compareContracts } from "../src/contracts/compare-contracts.ts";
import { readDocument } from "../src/contracts/read/read-document.ts";

// One process, as `sampan contracts check --old … --new …` is one: both documents are read, then compared; then the same again.

const [old = "", next = ""] = process.argv.slice(2);

async function once(): Promise<Readonly<{ ms: number; changes: number }>> {
  const from = performance.now();
  const [before, after] = await Promise.all(
    [old, next].map((file) => readDocument(file, (path) => readFile(path, "utf8"))),
  );
  if (before?.kind !== "document" || after?.kind !== "document") throw new Error("a document could not be read");
  const changes = compareContracts({ old: before.document, next: after.document, today: "2026-11-26" });
  return { ms: performance.now() - from, changes: changes.length };
}

const first = await once();
const again = await once();
process.stdout.write(JSON.stringify({ ms: first.ms, warm: again.ms, changes: first.changes }));
