import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fleetFor } from "../../checks/testing.ts";
import { writeWorkflow } from "./write-workflow.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sampan-workflow-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const fleet = () =>
  fleetFor(root, {
    staging: { branch: "develop", variables: ["env/staging.env.age"] },
    production: { branch: "main", after: "staging", requires: ["ci"] },
  });
const github = { provider: "github", version: "1.2.3" } as const;
const gitlab = { provider: "gitlab", version: "1.2.3" } as const;

describe("writing a workflow", () => {
  it("overwrites nothing", async () => {
    const { written } = await writeWorkflow(fleet(), github);
    expect(written).toBe(join(root, ".github/workflows/sampan.yaml"));
    const text = await readFile(written, "utf8");
    await expect(writeWorkflow(fleet(), github)).rejects.toMatchObject({ problems: [{ code: "workflow-exists" }] });
    expect(await readFile(written, "utf8")).toBe(text);
  });

  it("names the secrets that the fleet file names", async () => {
    const store = { kind: "variable", name: "SHOP_STORE_URL" } as const;
    const { written } = await writeWorkflow({ ...fleet(), store }, github);
    expect(await readFile(written, "utf8")).toContain("          SHOP_STORE_URL: ${{ secrets.SHOP_STORE_URL }}\n");
  });

  it("leaves a file of GitLab's alone, and says how to include ours", async () => {
    await writeFile(join(root, ".gitlab-ci.yml"), "stages: [build]\n");
    const { written, undecided } = await writeWorkflow(fleet(), gitlab);
    expect(written).toBe(join(root, ".gitlab/sampan.gitlab-ci.yml"));
    expect(undecided).toEqual(["add to .gitlab-ci.yml: include: [{ local: .gitlab/sampan.gitlab-ci.yml }]"]);
    expect(await readFile(join(root, ".gitlab-ci.yml"), "utf8")).toBe("stages: [build]\n");
  });

  it("refuses a fleet that no push reaches, and names environments that none does", async () => {
    await expect(writeWorkflow(fleetFor(root), github)).rejects.toMatchObject({ problems: [{ code: "no-branches" }] });
    const half = fleetFor(root, { staging: { branch: "develop" } });
    expect((await writeWorkflow(half, gitlab)).undecided).toEqual([
      "production names neither branch nor tag: no push deploys to it",
    ]);
  });
});
