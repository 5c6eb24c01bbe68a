// Compares our verdicts with those that oasdiff's own tests expect, on its own documents, read where they are:
// `node scripts/contracts-agreement.mjs FOLDER [--all]`, FOLDER a checkout of oasdiff. A test counts that opens two documents, changes neither, and names rules.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { compareContracts } from "../src/contracts/compare-contracts.ts";
import { readDocument } from "../src/contracts/read/read-document.ts";

const [folder = ".", ...options] = process.argv.slice(2);
const checker = join(folder, "checker");
const go = (test) => readdirSync(checker).filter((name) => name.endsWith(".go") && name.endsWith("_test.go") === test);
const text = (name) => readFileSync(join(checker, name), "utf8");

const ids = new Map(
  go(false).flatMap((name) =>
    [...text(name).matchAll(/^\s*(\w+Id)\s*=\s*"([\w-]+)"/gm)].map(([, name, id]) => [name, id]),
  ),
);
const levels = new Map(
  [...text("rules.go").matchAll(/newBackwardCompatibilityRule\((\w+), (ERR|WARN|INFO),/g)].map(([, name, level]) => [
    ids.get(name),
    level,
  ]),
);

const pairs = new Map();
for (const name of go(true)) {
  for (const body of text(name)
    .split(/^func /m)
    .slice(1)) {
    const opened = [...body.matchAll(/open\("\.\.\/(data\/[^"]+)"|open\(getCheckerFile|l\("([^"]+)"/g)].map(
      ([, path]) => path,
    );
    const changed =
      /s[12]\.Spec[\w.[\]"()/\\{}]*\s*=[^=]|delete\(|NewFlatten|\.Value\.[\w.[\]"()]*\s*=[^=]|WithFlatten|WithSeverity|WithDeprecation|Stability/.test(
        body,
      );
    if (opened.length !== 2 || opened.some((path) => path === undefined) || changed) continue;
    const named = [...body.matchAll(/checker\.(\w+Id)\b/g)]
      .map(([, one]) => ids.get(one))
      .filter((id) => levels.has(id));
    if (named.length === 0 || opened[0] === opened[1]) continue;
    const key = opened.join(" ");
    pairs.set(key, new Set([...(pairs.get(key) ?? []), ...named]));
  }
}

const read = async (file) => (existsSync(file) ? readFileSync(file, "utf8") : null);
const count = {
  breaking: { agree: 0, differ: 0 },
  warning: { breaking: 0, safe: 0 },
  harmless: { agree: 0, differ: 0 },
  unread: 0,
};
for (const [key, named] of pairs) {
  const [old, next] = await Promise.all(key.split(" ").map((path) => readDocument(join(folder, path), read)));
  if (old.kind !== "document" || next.kind !== "document") {
    count.unread += 1;
    if (options.includes("--all"))
      console.log(
        "unread",
        key,
        JSON.stringify([old, next].flatMap((one) => one.problems ?? []).map(({ message }) => message)),
      );
    continue;
  }
  const changes = compareContracts({ old: old.document, next: next.document, today: "2026-11-26" });
  const breaks = changes.filter(({ verdict }) => verdict === "breaking");
  const theirs = [...named].map((id) => `${id} ${levels.get(id)}`);
  const level = theirs.some((one) => one.endsWith("ERR"))
    ? "breaking"
    : theirs.some((one) => one.endsWith("WARN"))
      ? "warning"
      : "harmless";
  const ours = breaks.length > 0 ? "breaking" : "safe";
  if (level === "warning") count.warning[ours] += 1;
  else {
    const agree = (level === "breaking") === (ours === "breaking");
    count[level][agree ? "agree" : "differ"] += 1;
    if (!agree || options.includes("--all")) {
      console.log(`${agree ? "same" : "DIFFERENT"} ${key}\n  theirs: ${theirs.join(", ")}`);
      for (const one of changes)
        console.log(
          `  ours: ${one.verdict} ${one.kind} ${one.direction}: ${one.message} ${relative(folder, one.next.file)}:${one.next.line}`,
        );
    }
  }
}
console.log(`${pairs.size} pairs of documents: ${JSON.stringify(count)}`);
