import { CORPUS } from "../test/migrations/classify/corpus.ts";

/** Statements of every kind, in files of twenty, as many as are asked for. */
export function migrationFiles(count: number): readonly Readonly<{ file: string; sql: string }>[] {
  const all = CORPUS.flatMap(({ sql }) => sql.map((one) => one.replaceAll("{database}", "old")));
  const files: { file: string; sql: string }[] = [];
  for (let made = 0; made < count; made += 20) {
    const statements = Array.from(
      { length: Math.min(20, count - made) },
      (_, index) => all[(made + index) % all.length],
    );
    files.push({ file: `${String(files.length + 1).padStart(4, "0")}_a.up.sql`, sql: `${statements.join(";\n")};\n` });
  }
  return files;
}
