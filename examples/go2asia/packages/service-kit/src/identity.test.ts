import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { readIdentity } from "./identity.ts";

test("a bundle says what it is; without one the package and the environment do", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "identity-"));
  t.after(() => rm(folder, { recursive: true }));
  const root = pathToFileURL(`${folder}/`);
  assert.deepEqual(readIdentity("blog", root, {}), { service: "blog", version: "0.0.0", commit: null, artifact: null });

  await writeFile(join(folder, "package.json"), '{ "version": "1.2.3" }');
  const image = readIdentity("blog", root, { SAMPAN_ARTIFACT: "sha256:aa" });
  assert.deepEqual(image, { service: "blog", version: "1.2.3", commit: null, artifact: "sha256:aa" });

  const sealed = { service: "blog", version: "1.2.4", commit: "abc", artifact: "sha256:bb" };
  await writeFile(join(folder, "sampan-bundle.json"), JSON.stringify(sealed));
  assert.deepEqual(readIdentity("blog", root, { SAMPAN_ARTIFACT: "sha256:aa" }), sealed);
});
