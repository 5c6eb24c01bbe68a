// Writes what docs/reference/ says about sampan.yaml; with --check, says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { jsonSchema, referencePage } from "../src/fleet/reference.ts";

const folder = new URL("../docs/reference/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const pages = {
  "sampan.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  "sampan.yaml.md": referencePage(read("sampan.example.yaml")),
};
for (const [name, text] of Object.entries(pages)) {
  if (!process.argv.includes("--check")) writeFileSync(new URL(name, folder), text);
  else if (read(name) !== text) {
    console.error(`docs/reference/${name} is not current; write it with: node scripts/generate-reference.mjs`);
    process.exitCode = 1;
  }
}
