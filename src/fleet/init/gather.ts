import { basename, join } from "node:path";
import { parseEnv } from "node:util";
import pLimit from "p-limit";
import { composeAt } from "../../compose/compose-at.ts";
import { run } from "../../io/exec.ts";
import { listFolder } from "../../io/folders.ts";
import { readBytesIfThere } from "../../io/read-bytes.ts";
import { discover } from "../discover.ts";
import { packageOf } from "../facts.ts";
import type { FoundFolder } from "../found.ts";
import { contractFacts } from "./contract-facts.ts";
import type { FolderFacts, InitFacts } from "./facts.ts";
import { dockerCommand, type SourceFile, sourceFacts } from "./source-facts.ts";

const MOST_FILES = 300;
const MOST_BYTES = 256 * 1024;
const CODE = /\.(?:[cm]?[jt]sx?|py|go|rb)$/;
const TESTS = /\.(?:test|spec|d)\.[cm]?[jt]sx?$/;
const NOT_CODE = new Set([
  "node_modules",
  "dist",
  "build",
  "coverage",
  "test",
  "tests",
  "__tests__",
  "fixtures",
  "e2e",
  "vendor",
  "public",
]);
const OTHER_MIGRATIONS = [
  "prisma/migrations",
  "drizzle",
  "src/migrations",
  "migrations",
  "db/migrate",
  "knex/migrations",
  "alembic",
];
const VARIABLE_FOLDERS = ["env", "envs", "environments", "config/env", "deploy/env"];

/** Looks at a repository for `planInit`. Changes nothing and runs nothing of the repository's. */
export async function gather(root: string): Promise<InitFacts> {
  const { compose, unread } = await composeAt(root, parseEnv((await textOf(join(root, ".env"))) ?? ""));
  const built =
    compose?.services.flatMap(({ build, dockerfile }) => (build === null ? [] : placesOf(build, dockerfile))) ?? [];
  const found = await discover(root, { paths: built, search: true });
  const limit = pLimit(8);
  const folders = await Promise.all(
    [...found.folders.values()].map((folder) => limit(() => lookInto(root, folder, found.folders.size > 1))),
  );
  const own = packageOf(await textOf(join(root, "package.json")));
  return {
    name: own?.name.replace(/^@[^/]*\//, "") || basename(root) || "fleet",
    found,
    branches: await branches(root),
    variableFiles: await variableFiles(root, [...found.folders.keys()]),
    compose,
    unreadCompose: unread,
    folders,
  };
}

function placesOf(build: string, dockerfile: string | null): readonly string[] {
  const at = dockerfile?.split("/").slice(0, -1).join("/") ?? "";
  return at === "" ? [build] : [build, build === "." ? at : `${build}/${at}`];
}

async function lookInto(root: string, folder: FoundFolder, several: boolean): Promise<FolderFacts> {
  const at = join(root, folder.path);
  // In a workspace the root's code is everybody's code, and says nothing about the root unless it is started.
  const skipSource =
    several && folder.path === "." && !folder.dockerfile && folder.package?.scripts.start === undefined;
  const [dockerfile, example, contract] = await Promise.all([
    textOf(join(at, "Dockerfile")),
    textOf(join(at, ".env.example")),
    folder.contract === null ? null : textOf(join(at, folder.contract), 4 * 1024 * 1024),
  ]);
  const port = /^\s*(?:export\s+)?PORT\s*=\s*["']?(\d{1,5})/m.exec(example ?? "")?.[1];
  const others =
    folder.migrations === null
      ? await Promise.all(OTHER_MIGRATIONS.map(async (name) => ((await holdsFiles(join(at, name))) ? name : null)))
      : [];
  return {
    folder,
    source: sourceFacts(skipSource ? [] : await sourceFiles(at)),
    contract: contract === null ? null : contractFacts(contract),
    command: dockerfile === null ? null : dockerCommand(dockerfile),
    port: port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? Number(port) : null,
    otherMigrations: others.filter((name) => name !== null),
  };
}

/** Breadth first, so that the entrance of a program is seen before its depths. */
async function sourceFiles(root: string): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  const folders = [""];
  for (let head = 0; head < folders.length && head < MOST_FILES; head++) {
    const folder = folders[head] ?? "";
    for (const entry of (await listFolder(join(root, folder)).catch(() => null)) ?? []) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "folder" && !entry.name.startsWith(".") && !NOT_CODE.has(entry.name)) folders.push(path);
      if (entry.kind !== "file" || !CODE.test(entry.name) || TESTS.test(entry.name)) continue;
      if (files.length >= MOST_FILES) return files;
      files.push({ path, text: (await textOf(join(root, path), MOST_BYTES)) ?? "" });
    }
  }
  return files;
}

async function holdsFiles(folder: string): Promise<boolean> {
  return ((await listFolder(folder).catch(() => null)) ?? []).length > 0;
}

async function branches(root: string): Promise<readonly string[]> {
  const said = await run({
    argv: ["git", "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"],
    cwd: root,
    timeout: 10_000,
  });
  if (said.exitCode !== 0) return [];
  return [
    ...new Set(said.stdout.split("\n").map((ref) => ref.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ""))),
  ].filter((name) => name !== "");
}

async function variableFiles(root: string, services: readonly string[]): Promise<readonly string[]> {
  const places = [".", ...services.filter((path) => path !== "."), ...VARIABLE_FOLDERS];
  const found: string[] = [];
  for (const place of places) {
    const deep = VARIABLE_FOLDERS.includes(place);
    for (const entry of (await listFolder(join(root, place)).catch(() => null)) ?? []) {
      const path = place === "." ? entry.name : `${place}/${entry.name}`;
      if (entry.kind === "file" && isVariables(entry.name)) found.push(path);
      if (!deep || entry.kind !== "folder") continue;
      for (const inner of (await listFolder(join(root, path)).catch(() => null)) ?? []) {
        if (inner.kind === "file" && isVariables(inner.name)) found.push(`${path}/${inner.name}`);
      }
    }
  }
  return found;
}

const isVariables = (name: string): boolean =>
  /^(?:\.env\.[\w.-]+|[\w.-]+\.env(?:\.age)?)$/.test(name) && !/example|sample|template|local|test/i.test(name);

async function textOf(path: string, most = 1024 * 1024): Promise<string | null> {
  const bytes = await readBytesIfThere(path, most).catch(() => null);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
