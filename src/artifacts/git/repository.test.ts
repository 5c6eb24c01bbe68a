import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type TemporaryRepository, temporaryFolder, temporaryRepository } from "../../../test/temporary-repository.ts";
import type { Refused } from "../../problem.ts";
import { maskUrls } from "./mask-urls.ts";
import { readRepository } from "./repository.ts";

const signal = AbortSignal.timeout(60_000);
const read = (root: string, fetch: number | null = null) => readRepository({ root, fetch, signal });

const made: TemporaryRepository[] = [];
const repository = (options: { within?: string } = {}): TemporaryRepository => {
  const one = temporaryRepository(options);
  made.push(one);
  return one;
};
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});

describe("readRepository", () => {
  it("reads head, branch and tags of a clean repository", async () => {
    const one = repository();
    const head = one.commit({ "a.txt": "a" });
    one.git("tag", "v1.0.0");
    one.git("tag", "-m", "annotated", "release-1");
    expect(await read(one.root)).toEqual({
      root: one.root,
      prefix: "",
      head,
      branch: "main",
      tags: ["release-1", "v1.0.0"],
      dirty: [],
      remote: null,
      upstream: null,
    });
  });

  it("names what is changed, staged, deleted and untracked, whatever the names", async () => {
    const one = repository();
    one.commit({ "changed.txt": "a", "gone.txt": "a", ".gitignore": "ignored\n", 'quo"ted and spaced.txt': "a" });
    one.write({
      "changed.txt": "b",
      "gone.txt": null,
      'quo"ted and spaced.txt': "b",
      "new\nline.txt": "",
      "-dash": "",
      ignored: "x",
    });
    one.write({ "staged.txt": "x" });
    one.git("add", "--", "staged.txt");
    expect([...(await read(one.root)).dirty].sort()).toEqual([
      "-dash",
      "changed.txt",
      "gone.txt",
      "new\nline.txt",
      'quo"ted and spaced.txt',
      "staged.txt",
    ]);
  });

  it("knows a fleet in a folder of its repository, and only that folder's changes", async () => {
    const one = repository({ within: "examples/fleet" });
    one.commit({ "a.txt": "a", "../other.txt": "a" });
    one.write({ "a.txt": "b", "../other.txt": "b" });
    expect(await read(one.root)).toMatchObject({ prefix: "examples/fleet/", dirty: ["a.txt"] });
  });

  it.each([`feature/$(touch\${IFS}pwned)`, 'it\'s;"quoted"', "(detached)", "%s%n", "ünïcode"])(
    "takes a branch called %s for what it is",
    async (name) => {
      const one = repository();
      one.commit();
      one.git("checkout", "--quiet", "-b", name);
      const bare = repository();
      one.git("remote", "add", "origin", bare.root);
      one.git("push", "--quiet", "origin", `refs/heads/${name}`);
      one.git("fetch", "--quiet", "origin");
      one.commit();
      const { branch, upstream } = await read(one.root, 20_000);
      expect(branch).toBe(name);
      expect(upstream).toEqual({ name: `origin/${name}`, ahead: 1, behind: 0 });
    },
  );

  it("does not take a branch whose name begins with a dash for an option", async () => {
    const one = repository();
    const head = one.commit();
    one.git("update-ref", "refs/heads/--upload-pack=pwned", head);
    one.git("symbolic-ref", "HEAD", "refs/heads/--upload-pack=pwned");
    one.git("remote", "add", "origin", one.root);
    expect(await read(one.root, 20_000)).toMatchObject({ branch: "--upload-pack=pwned", dirty: [] });
  });

  it("says that HEAD is detached", async () => {
    const one = repository();
    one.git("checkout", "--quiet", "--detach", one.commit());
    expect(await read(one.root)).toMatchObject({ branch: null, upstream: null });
  });

  it("counts commits against the branch that is followed, fetched first when asked", async () => {
    const origin = repository();
    origin.commit({ "a.txt": "a" });
    origin.git("branch", "develop");
    const one = repository();
    one.git("remote", "add", "up", origin.root);
    one.git("fetch", "--quiet", "up");
    one.git("checkout", "--quiet", "-b", "work", "--track", "up/develop");
    one.commit({ "b.txt": "b" });
    origin.git("checkout", "--quiet", "develop");
    origin.commit({ "c.txt": "c" });
    origin.commit({ "c.txt": "d" });
    expect(await read(one.root)).toMatchObject({
      remote: { name: "up", reached: "not-asked" },
      upstream: { name: "up/develop", ahead: 1, behind: 0 },
    });
    expect(await read(one.root, 20_000)).toMatchObject({
      remote: { name: "up", reached: "yes" },
      upstream: { name: "up/develop", ahead: 1, behind: 2 },
    });
  });

  it("reports a remote that cannot be reached, without its password", async () => {
    const one = repository();
    one.commit();
    one.git("remote", "add", "origin", "http://user:hunter2hunter2@127.0.0.1:1/x.git?token=hunter2hunter2");
    const found = await read(one.root, 20_000);
    expect(found.remote).toMatchObject({ reached: "no", url: "http://***@127.0.0.1:1/x.git?***" });
    expect(found.remote?.why).not.toBe("");
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  it("refuses a folder that is no repository, and one without a commit", async () => {
    const folder = temporaryFolder();
    made.push({ ...repository(), remove: () => rmSync(folder, { recursive: true }) });
    const codes = (error: unknown) => (error as Refused).problems.map(({ code }) => code);
    await expect(read(folder)).rejects.toSatisfy((error) => codes(error).includes("not-a-repository"));
    await expect(read(repository().root)).rejects.toSatisfy((error) => codes(error).includes("no-commit"));
  });

  it("works on its folder's repository, also when called from a hook of another", async () => {
    const one = repository();
    const head = one.commit();
    const other = repository();
    other.commit({ "x.txt": "x" });
    process.env.GIT_DIR = join(other.root, ".git");
    try {
      expect((await read(one.root)).head).toBe(head);
    } finally {
      delete process.env.GIT_DIR;
    }
  });
});

describe("maskUrls", () => {
  it.each([
    ["https://ghp_token@example.org/a.git", "https://***@example.org/a.git"],
    ["fatal: 'https://a:b@c@example.org/x': no", "fatal: 'https://***@example.org/x': no"],
    ["ssh://git@example.org/a.git", "ssh://***@example.org/a.git"],
    ["git@example.org:a/b.git", "git@example.org:a/b.git"],
    ["/srv/git/a@b.git", "/srv/git/a@b.git"],
    ["https://example.org/a@b.git", "https://example.org/a@b.git"],
  ])("%s becomes %s", (given, masked) => expect(maskUrls(given)).toBe(masked));
});
