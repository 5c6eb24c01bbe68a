import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sampan } from "./sampan.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-contracts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const contract = (...paths: readonly string[]): string =>
  `openapi: 3.0.3\npaths:\n${paths.map((path) => `  ${path}: { get: { responses: {} } }\n`).join("")}`;
writeFileSync(join(folder, "old.yaml"), contract("/v1/a", "/v1/b"));
writeFileSync(join(folder, "new.yaml"), contract("/v1/b", "/v2/a"));

const check = (...args: string[]) => sampan(["contracts", "check", ...args], { cwd: folder, env: process.env });

test("two files are compared without a fleet, and a change that breaks exits 3, with both places", async () => {
  const { code, stdout, stderr } = await check("--old", "old.yaml", "--new", "new.yaml");
  expect({ code, stderr }).toEqual({ code: 3, stderr: "one change that callers would break on\n" });
  expect(stdout).toBe(
    [
      "new.yaml:2:1 breaks path-removed",
      "    GET /v1/a: the path is gone",
      "    before: old.yaml:3:12",
      "    → keep it beside the new one, as `/v1` beside `/v2`, until nobody calls it",
      "new.yaml: 2 changes from old.yaml to new.yaml: 1 breaking, 0 allowed, 1 safe",
      "",
    ].join("\n"),
  );
});

test("as a document it holds everything; what breaks nobody exits 0, and what cannot be read 2", async () => {
  const same = await check("--old", "old.yaml", "--new", "old.yaml", "--json");
  expect(same.code).toBe(0);
  expect(same.json()).toEqual({
    formatVersion: 1,
    contracts: [{ service: null, from: "old.yaml", to: "old.yaml", changes: [], callers: [] }],
    problems: [],
  });
  const gone = await check("--old", "gone.yaml", "--new", "new.yaml", "--json");
  expect(gone.code).toBe(2);
  expect(gone.json()).toMatchObject({ problems: [{ code: "contract-missing", file: "gone.yaml" }] });
  expect((await check("--old", "old.yaml")).code).toBe(2);
});
