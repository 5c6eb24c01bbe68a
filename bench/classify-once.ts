import { classifyFiles } from "../src/migrations/classify/classify-files.ts";
import { migrationFiles } from "./statements.ts";

// One process, as `sampan migrations check` is one: the grammar is loaded, then every file is classified.

const files = migrationFiles(Number(process.argv[2])).map((file) => ({
  ...file,
  direction: "up" as const,
  transaction: true,
}));
const from = performance.now();
const verdicts = await classifyFiles(files, { catalog: null, release: "each" });
const ms = performance.now() - from;
const again = performance.now();
await classifyFiles(files, { catalog: null, release: "each" });
const warm = performance.now() - again;
const statements = verdicts.reduce(
  (sum, { statements: own }) => sum + new Set(own.map(({ line, column }) => `${line}:${column}`)).size,
  0,
);
process.stdout.write(JSON.stringify({ statements, ms, warm }));
