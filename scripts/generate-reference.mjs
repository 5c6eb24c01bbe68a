// Writes what docs/reference/ says about sampan.yaml, the command line, the rules of migrations and those of contracts; with --check, says whether it is current.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { buildProgram } from "../src/cli/program.ts";
import { cliReference } from "../src/cli/reference.ts";
import { kindsPage } from "../src/contracts/kinds/kinds-page.ts";
import { jsonSchema, referencePage } from "../src/fleet/reference.ts";
import { rulesPage } from "../src/migrations/classify/rules-page.ts";

const folder = new URL("../docs/reference/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const pages = {
  "sampan.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  "sampan.yaml.md": referencePage(read("sampan.example.yaml")),
  "cli.md": cliReference(buildProgram({ stop: new AbortController().signal, exit: () => {} })),
  "migration-rules.md": rulesPage(),
  "contract-changes.md": kindsPage(),
};
for (const [name, text] of Object.entries(pages)) {
  if (!process.argv.includes("--check")) writeFileSync(new URL(name, folder), text);
  else if (!existsSync(new URL(name, folder)) || read(name) !== text) {
    console.error(`docs/reference/${name} is not current; write it with: node scripts/generate-reference.mjs`);
    process.exitCode = 1;
  }
}
