import { expect, it } from "vitest";
import { splitCommand } from "./split-command.ts";

it.each<[string, string[]]>([
  ["node dist/main.js", ["node", "dist/main.js"]],
  ["  node\t--enable-source-maps   dist/main.js ", ["node", "--enable-source-maps", "dist/main.js"]],
  [`node "a b.js" 'c d' e\\ f`, ["node", "a b.js", "c d", "e f"]],
  [`node "" x`, ["node", "", "x"]],
  [`node 'it'"'"'s'`, ["node", "it's"]],
  [`node "a\\"b\\n"`, ["node", 'a"b\\n']],
  ["node --import=./x.js a=b", ["node", "--import=./x.js", "a=b"]],
  [`node '$HOME;|&*'`, ["node", "$HOME;|&*"]],
])("splits %s", (text, words) => expect(splitCommand(text)).toEqual(words));

it.each([
  "",
  "   ",
  "node a.js && node b.js",
  "node a.js | tee log",
  "node $MAIN",
  'node "$MAIN"',
  "node `which x`",
  "node a.js > log",
  "node *.js",
  "node {a,b}.js",
  "node ~/a.js",
  "NODE_ENV=production node a.js",
  "node 'open",
  'node "open',
  "node a\\",
  "node a.js # main",
  "node a.js\nnode b.js",
  "(node a.js)",
  `"" a`,
])("leaves %j to a shell", (text) => expect(splitCommand(text)).toBeNull());
