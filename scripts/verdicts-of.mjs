// A row of docs/guide/safe-migrations.md for each folder of migrations: `node scripts/verdicts-of.mjs NAME=FOLDER…`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const WORDS = ["expand", "expand-if", "data", "contract", "unknown"];
const share = (count, all) => (all === 0 ? "0" : `${count} (${Math.round((100 * count) / all)} %)`);

console.log(`| Project | Laid out as | Files | Templates | Code | Statements | ${WORDS.join(" | ")} | Long locks |`);
console.log(`| ${Array.from({ length: 7 + WORDS.length }, () => "---").join(" | ")} |`);
for (const argument of process.argv.slice(2)) {
  const [name, folder] = argument.split(/=(.*)/);
  const argv = [main, "migrations", "check", "--json", "--dir", folder];
  const ran = spawnSync(process.execPath, argv, { encoding: "utf8", maxBuffer: 2 ** 30 });
  if (ran.status !== 0 && ran.status !== 3) throw new Error(`${name}: ended with ${ran.status}: ${ran.stderr}`);
  const [{ format, files }] = JSON.parse(ran.stdout).folders;
  for (const direction of ["up", "down"]) {
    const own = files.filter((file) => file.direction === direction);
    if (own.length === 0) continue;
    const told = (what) => own.filter(({ problems }) => problems.some(({ code }) => code === what)).length;
    const statements = own.flatMap((file) => file.statements);
    const counts = WORDS.map((word) =>
      share(statements.filter((one) => one.compatibility === word).length, statements.length),
    );
    const long = share(statements.filter(({ lock }) => lock.unsafe).length, statements.length);
    const cells = [
      `${name}, ${direction}`,
      format,
      own.length,
      told("migration-template"),
      told("migration-code"),
      statements.length,
      ...counts,
      long,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
