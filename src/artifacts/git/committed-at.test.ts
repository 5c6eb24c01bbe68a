import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { type TemporaryRepository, temporaryRepository } from "../../../test/temporary-repository.ts";
import { committedAt } from "./committed-at.ts";

const made: TemporaryRepository[] = [];
const repository = (options: { within?: string } = {}): TemporaryRepository => {
  const one = temporaryRepository(options);
  made.push(one);
  return one;
};
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});
const signal = AbortSignal.timeout(60_000);

it("reads files of any commit as they were, and nothing that is none", async () => {
  const one = repository();
  one.link("link.txt", "a.txt");
  const first = one.commit({ "fleet/a.txt": "one", "a.txt": "outside" });
  const second = one.commit({ "fleet/a.txt": "two", "fleet/b.txt": "new" });
  const [old, young] = [first, second].map((commit) =>
    committedAt({ folder: join(one.root, "fleet"), signal }, commit),
  );
  if (old === undefined || young === undefined) throw new Error("two commits");
  expect(await Promise.all([old("a.txt"), young("a.txt"), old("b.txt"), young("b.txt")])).toEqual([
    "one",
    "two",
    null,
    "new",
  ]);
  expect(await committedAt({ folder: one.root, signal }, second)("link.txt")).toBeNull();
});

it("asks again after git could not tell", async () => {
  const one = repository();
  const head = one.commit({ "a.txt": "a" });
  const git = join(one.root, ".git");
  const read = committedAt({ folder: one.root, signal }, head);
  renameSync(git, `${git}.away`);
  await expect(read("a.txt")).rejects.toThrow();
  renameSync(`${git}.away`, git);
  expect(await read("a.txt")).toBe("a");
});
