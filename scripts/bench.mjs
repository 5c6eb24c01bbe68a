// Runs the measurements of bench/, one after the other, each in a process of its own: `npm run bench [-- NAME…]`.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "bench");
const all = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0 || all.length === 0) {
  process.stderr.write(`no such measurement: ${unknown.join(", ")}; there are: ${all.join(", ")}\n`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : all.sort()) {
  process.stdout.write(`\n${name}\n`);
  const ran = spawnSync(process.execPath, [join(folder, `${name}.ts`)], { stdio: "inherit" });
  if (ran.status !== 0) process.exitCode = 1;
}
