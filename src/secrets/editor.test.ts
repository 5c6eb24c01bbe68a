import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Problem } from "../problem.ts";
import { editByHand } from "./edit-by-hand.ts";
import { editorWords } from "./editor.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-editor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An editor that notes where the file lies, and then does this to "$1". */
function editor(name: string, script: string): readonly [string] {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nprintf %s "$1" > ${path}.saw\n${script}\n`);
  chmodSync(path, 0o755);
  return [path];
}
const saw = (name: string): string => readFileSync(join(folder, `${name}.saw`), "utf8");

const edit = (argv: readonly [string, ...string[]], again: (problems: readonly Problem[]) => Promise<boolean>) =>
  editByHand(
    { argv, folders: ["/dev/shm"], signal: new AbortController().signal, warn: () => undefined, again },
    "TOKEN=first\n",
    "env/staging.env.age",
  );

describe("an editor", () => {
  it("is what VISUAL, then EDITOR names, read by no shell", () => {
    expect(editorWords({ VISUAL: "code --wait", EDITOR: "nano" })).toEqual(["code", "--wait"]);
    expect(editorWords({ VISUAL: " ", EDITOR: `"/opt/my editor/ed" -x '$(id)' a"b c"d` })).toEqual([
      "/opt/my editor/ed",
      "-x",
      "$(id)",
      "ab cd",
    ]);
    expect(editorWords({})).toEqual(["vi"]);
  });

  it("is told to keep no copy of its own", () => {
    expect(editorWords({ EDITOR: "/usr/bin/vim" })).toEqual(
      expect.arrayContaining(["-n", "-i", "NONE", expect.stringContaining("noundofile")]),
    );
  });

  it("sees a file that is its owner's alone, and that is gone afterwards", async () => {
    const argv = editor("looks", `stat -c %a "$1" "$(dirname "$1")" > ${folder}/modes; echo "MORE=1" >> "$1"`);
    expect(await edit(argv, async () => false)).toBe("TOKEN=first\nMORE=1\n");
    expect(readFileSync(join(folder, "modes"), "utf8")).toBe("600\n700\n");
    expect(saw("looks")).toMatch(/\/staging\.env$/);
    expect(existsSync(dirname(saw("looks")))).toBe(false);
    // Where the system has a place in memory, it is that.
    if (existsSync("/dev/shm") && (statSync("/dev/shm").mode & 0o1000) !== 0)
      expect(saw("looks")).toMatch(/^\/dev\/shm\//);
  });

  it("comes again with the same text where it is no dotenv, as long as the person goes on", async () => {
    const argv = editor(
      "wrong",
      `if grep -q oops "$1"; then printf 'TOKEN=second\\n' > "$1"; else echo oops >> "$1"; fi`,
    );
    const asked: (readonly Problem[])[] = [];
    const text = await edit(argv, async (problems) => {
      asked.push(problems);
      return true;
    });
    expect(text).toBe("TOKEN=second\n");
    expect(asked).toMatchObject([[{ code: "malformed-line", file: "env/staging.env.age", line: 2 }]]);
    await expect(edit(argv, async () => false)).rejects.toMatchObject({ problems: [{ code: "malformed-line" }] });
    expect(existsSync(dirname(saw("wrong")))).toBe(false);
  });

  it.each([
    ["says no", "exit 1", "editor-failed"],
    ["dies", "kill -9 $$", "editor-failed"],
    ["removes the file", 'rm "$1"', "missing-file"],
    ["writes what is no text", `printf '\\377' > "$1"`, "not-utf8"],
  ])("leaves nothing behind and changes nothing where it %s", async (name, script, code) => {
    const file = name.replaceAll(" ", "-");
    await expect(edit(editor(file, script), async () => false)).rejects.toMatchObject({ problems: [{ code }] });
    expect(existsSync(dirname(saw(file)))).toBe(false);
  });

  it("is missed with a word on what else there is", async () => {
    await expect(edit([join(folder, "nowhere")], async () => false)).rejects.toMatchObject({
      problems: [{ code: "no-editor", hint: expect.stringContaining("--stdin") }],
    });
  });
});
