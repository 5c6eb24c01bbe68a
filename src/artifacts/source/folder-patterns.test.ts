import { expect, it } from "vitest";
import { workspaceFolders } from "./folder-patterns.ts";

it.each<[string[], string, boolean]>([
  [["services/*"], "services/a", true],
  [["services/*"], "services/a/b", false],
  [["services/*"], "services", false],
  [["./services/*/"], "services/a", true],
  [["packages/**"], "packages/a/b/c", true],
  [["packages/**"], "packages", true],
  [["packages/**"], "packages2/a", false],
  [["**"], "any/thing", true],
  [["."], "", true],
  [["."], "a", false],
  [["{services,libs}/*"], "libs/a", true],
  [["{services,libs}/*"], "apps/a", false],
  [["services/*", "!services/old"], "services/old", false],
  [["**", "!**/test/**"], "a/test/b", false],
  [["app-?"], "app-1", true],
  [["a.b"], "axb", false],
  [["(x)+[y]"], "(x)+[y]", true],
  [[], "a", false],
])("%j holds %s: %s", (patterns, folder, held) => expect(workspaceFolders(patterns)(folder)).toBe(held));
