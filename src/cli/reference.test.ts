import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { buildProgram } from "./program.ts";
import { cliReference } from "./reference.ts";

it("is current (else: node scripts/generate-reference.mjs)", () => {
  const program = buildProgram({ stop: new AbortController().signal, exit: () => {} });
  const page = readFileSync(new URL("../../docs/reference/cli.md", import.meta.url), "utf8");
  expect(page).toBe(cliReference(program));
});
