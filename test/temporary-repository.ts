import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Buildable } from "../src/artifacts/source/source.ts";
import { imageBuild } from "../src/fleet/image-build.ts";

/** A real git repository in a temporary folder, for tests. */
export type TemporaryRepository = Readonly<{
  root: string;
  git(...args: readonly string[]): string;
  /** Writes files (null deletes one) and leaves them uncommitted. */
  write(files: Readonly<Record<string, string | null>>): void;
  link(path: string, target: string): void;
  /** Writes, commits all, and answers the new head. */
  commit(files?: Readonly<Record<string, string | null>>): string;
  remove(): void;
}>;

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sampan-test-")));
  chmodSync(folder, 0o755);
  return folder;
}

export function temporaryRepository(options: Readonly<{ within?: string }> = {}): TemporaryRepository {
  const top = temporaryFolder();
  const root = join(top, options.within ?? "");
  mkdirSync(root, { recursive: true });
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.org",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.org",
  };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const write = (files: Readonly<Record<string, string | null>>): void => {
    for (const [path, text] of Object.entries(files)) {
      const at = join(root, path);
      mkdirSync(dirname(at), { recursive: true });
      if (text === null) rmSync(at, { recursive: true, force: true });
      else writeFileSync(at, text);
    }
  };
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", top], { env });
  return {
    root,
    git,
    write,
    link: (path, target) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    },
    commit: (files = {}) => {
      write(files);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", "A change");
      return git("rev-parse", "HEAD");
    },
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

export const service = (name: string, more: Partial<Buildable> = {}): Buildable => ({
  name,
  path: `services/${name}`,
  start: null,
  build: { test: null, build: null, bundle: null, inputs: [], image: imageBuild() },
  ...more,
});
