import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { parseFleet } from "./parse-fleet.ts";
import { parseYaml } from "./parse-yaml.ts";
import { jsonSchema, referencePage } from "./reference.ts";
import { fleetSchema } from "./schema.ts";
import { allKeys } from "./schema-keys.ts";
import type { YamlTree } from "./yaml-tree.ts";

const page = (name: string) => readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), "utf8");
const example = page("sampan.example.yaml");

/** Names that the user gives become `*`. */
const OPEN = /^(?:services|environments|references)$|\.headers$|\.expect\.json$|\.migrations\.variables$/;

function keysOf(tree: YamlTree, around = ""): readonly string[] {
  if (tree.items !== null) return tree.items.flatMap((item) => keysOf(item, around));
  return [...(tree.keys ?? [])].flatMap(([key, { tree: inner }]) => {
    const open = OPEN.test(around);
    const path = around === "" ? key : `${around}.${open ? "*" : key}`;
    return [...(open ? [] : [path]), ...keysOf(inner, path)];
  });
}

describe("the annotated example", () => {
  it("is a fleet file without a problem", () => {
    const result = parseFleet({ text: example, file: "/r/sampan.yaml", root: "/r" });
    expect("problems" in result ? result.problems : []).toEqual([]);
  });

  it("shows every key of the schema", () => {
    const { tree } = parseYaml(example, "f");
    if (tree === null) throw new Error("no tree");
    // The list of smoke requests is the same in both its places.
    const once = (path: string) => path.replace(".smoke.checks.", ".smoke.").replace(".migrations.checks.", ".smoke.");
    const shown = new Set(keysOf(tree).map(once));
    expect(
      allKeys(fleetSchema)
        .map(once)
        .filter((key) => !shown.has(key)),
    ).toEqual([]);
  });

  it("explains every key where it is first used", () => {
    const lines = example.split("\n");
    const comment = (at: number) => /^\s*#/.test(lines[at] ?? "");
    const seen = new Set<string>();
    const bare = lines.filter((line, at) => {
      const key = /^ *(?:- )?([A-Za-z]+):/.exec(line)?.[1];
      if (key === undefined || /^ {2}\S/.test(line) || seen.has(key)) return false;
      seen.add(key);
      // A comment on what opens a map speaks of its first key too.
      return !comment(at - 1) && !comment(at - 2);
    });
    expect(bare).toEqual([]);
  });
});

describe("the reference", () => {
  it("is current (else: node scripts/generate-reference.mjs)", () => {
    expect(page("sampan.schema.json")).toBe(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    expect(page("sampan.yaml.md")).toBe(referencePage(example));
  });

  it("has every key in its table", () => {
    const table = page("sampan.yaml.md").split("## All keys")[1] ?? "";
    const rows = [...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map((row) => row[1]?.replaceAll("[]", ""));
    const missing = allKeys(fleetSchema).filter(
      (key) => !rows.includes(key) && !/\.(smoke|migrations)\.checks\./.test(key),
    );
    expect(missing).toEqual([]);
  });

  it("gives editors a schema that takes the example and refuses what is misspelt", () => {
    const schema = z.fromJSONSchema(JSON.parse(page("sampan.schema.json")));
    const file = () => parse(example) as { services: Record<string, Record<string, unknown>> };
    expect(schema.safeParse(file()).error?.issues ?? []).toEqual([]);
    const wrong = file();
    wrong.services.orders = { ...wrong.services.orders, rotues: [] };
    expect(schema.safeParse(wrong).success).toBe(false);
  });
});
