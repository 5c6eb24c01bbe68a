import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { buildProgram } from "../src/cli/program.ts";
import { allowanceProblems } from "../src/contracts/allowance-problems.ts";
import { apiOf } from "../src/contracts/model/api-of.ts";
import { readDocument } from "../src/contracts/read/read-document.ts";
import { composeFacts } from "../src/fleet/init/compose-facts.ts";
import { readFleet } from "../src/fleet/read-fleet.ts";
import { parseChecklist } from "../src/gates/approval/parse-checklist.ts";
import { parseBatches } from "../src/migrations/parse-batches.ts";
import { parseScript } from "../src/migrations/parse-script.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const textOf = (page: string): string => readFileSync(join(root, page), "utf8");

type Block = Readonly<{ page: string; language: string; kind: string; text: string }>;

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...textOf(page).matchAll(/^```(\w*) ?(\w*)\n(.*?)^```$/gms)].map(([, language = "", kind = "", text = ""]) => ({
    page,
    language,
    kind,
    text,
  })),
);
const named = (language: string) =>
  blocks.filter((block) => block.language === language).map((block) => ({ ...block }));

/** A fleet around a part of one: `yaml service` holds services by name, `yaml environment` environments, `yaml notify`, `yaml store` and `yaml references` those keys. */
function fleetOf({ kind, text }: Block): string {
  if (kind === "") return text;
  if (kind === "notify" || kind === "store" || kind === "references") {
    const service = { path: "services/one", smoke: { none: "only here to be named" } };
    return `${text}${stringify({ fleet: "shop", services: { one: service }, environments: { production: {} } })}`;
  }
  const around = (name: string) => ({ path: `services/${name}`, smoke: { none: "only here to be named" } });
  const part = parse(text) as Record<string, { needs?: string[]; after?: string }>;
  const names = Object.values(part).flatMap(({ needs = [], after }) => [
    ...needs,
    ...(after === undefined ? [] : [after]),
  ]);
  const others = Object.fromEntries(
    names.map((name) => [name, kind === "service" ? around(name) : { listen: 18_099 }]),
  );
  return stringify({
    fleet: "shop",
    services: kind === "service" ? { ...others, ...part } : { one: around("one") },
    environments: kind === "environment" ? { ...others, ...part } : { staging: {} },
  });
}

const complete = named("yaml").filter(
  ({ page, kind }) =>
    kind !== "checklist" &&
    kind !== "compose" &&
    kind !== "contract" &&
    page !== join("docs", "reference", "sampan.yaml.md"),
);

test("there are examples to look at", () => {
  expect(complete.length).toBeGreaterThan(4);
  expect(named("sh").length).toBeGreaterThan(4);
  expect(named("json").length).toBeGreaterThan(4);
});

test.each(complete)("$page: a fleet file that can be read: $text", async (block) => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-docs-"));
  try {
    const file = join(folder, "sampan.yaml");
    const fleet = fleetOf(block);
    writeFileSync(file, fleet);
    writeFileSync(join(folder, "package.json"), "{}");
    const { services = {} } = parse(fleet) as { services?: Record<string, { path?: string }> };
    for (const { path = "" } of Object.values(services)) {
      mkdirSync(join(folder, path, "migrations"), { recursive: true });
      const manifest = { name: path.replace(/.*\//, ""), scripts: { start: "node .", build: "true", test: "true" } };
      writeFileSync(join(folder, path, "package.json"), JSON.stringify(manifest));
    }
    const read = await readFleet(file);
    expect("problems" in read ? read.problems : []).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(named("yaml").filter(({ kind }) => kind === "compose"))(
  "a compose file in $page names services",
  ({ text }) => {
    expect(composeFacts("compose.yaml", text)?.services.every(({ build }) => build !== null)).toBe(true);
  },
);

test.each(named("yaml").filter(({ kind }) => kind === "checklist"))(
  "$page: a checklist that can be read",
  ({ text }) => {
    expect(parseChecklist(text, "checklist.yaml")).toMatchObject({ kind: "checklist" });
  },
);

test.each(named("yaml").filter(({ kind }) => kind === "contract"))(
  "$page: allowances that would be accepted",
  async ({ text }) => {
    const read = await readDocument("openapi.yaml", async () => text);
    expect(read.kind === "document" ? allowanceProblems(apiOf(read.document)) : read.problems).toEqual([]);
  },
);

test.each(named("sql"))("$page: a migration that would be accepted: $text", async ({ text }) => {
  const parse = text.includes("-- sampan: batches") ? parseBatches : parseScript;
  expect((await parse("0001_example.sql", text)).problems).toEqual([]);
});

test.each(named("json"))("$page: a document: $text", ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

const program = buildProgram({ stop: new AbortController().signal, exit: () => undefined });

/** What is wrong with a command line; null: nothing. `whole` lines also need their arguments. */
function wrongWith(line: string, whole: boolean): string | null {
  const words = [...line.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word).slice(1);
  const [name = ""] = words;
  if (name === "" || name.startsWith("-")) return null;
  const outer = program.commands.find((one) => one.name() === name);
  if (outer === undefined) return `there is no command ${name}`;
  const inner = outer.commands.find((one) => one.name() === words[1]);
  if (inner === undefined && outer.commands.length > 0) return `${name} has no command ${words[1] ?? ""}`;
  const command = inner ?? outer;
  const options = [...command.options, ...program.options];
  let given = 0;
  for (let at = inner === undefined ? 1 : 2; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) {
      given += 1;
      continue;
    }
    if (word === "--help" || word === "-h") continue;
    const option = options.find(({ long, short }) => long === word || short === word);
    if (option === undefined) return `${name} has no ${word}`;
    if (option.required || option.optional) at += 1;
  }
  return whole ? countIsWrong(command, given) : null;
}

function countIsWrong(command: Command, given: number): string | null {
  const known = command.registeredArguments;
  const needed = known.filter(({ required }) => required).length;
  if (given < needed) return `${command.name()} needs ${needed} arguments`;
  return given > known.length && known.at(-1)?.variadic !== true
    ? `${command.name()} takes ${known.length} arguments`
    : null;
}

const lines = [
  ...blocks.flatMap(({ page, text, language }) =>
    language === "sh" || language === "text"
      ? text
          .split("\n")
          .map((line) => line.replace(/^\$ /, ""))
          .filter((line) => line.startsWith("sampan "))
          .map((line) => ({ page, line, whole: true }))
      : [],
  ),
  ...pages.flatMap((page) =>
    [...textOf(page).matchAll(/`(sampan [^`\n]+)`/g)].map(([, line = ""]) => ({ page, line, whole: false })),
  ),
];

test.each(lines)("$page: a command that exists: $line", ({ line, whole }) => {
  expect(wrongWith(line, whole)).toBeNull();
});

test("a command, an option or an argument that does not exist is noticed", () => {
  expect(wrongWith("sampan deply staging", true)).toBe("there is no command deply");
  expect(wrongWith("sampan deploy staging --force", true)).toBe("deploy has no --force");
  expect(wrongWith("sampan migrations chek", true)).toBe("migrations has no command chek");
  expect(wrongWith("sampan migrations check --dirr x", true)).toBe("migrations has no --dirr");
  expect(wrongWith("sampan deploy", true)).toBe("deploy needs 1 arguments");
  expect(wrongWith("sampan logs staging blog more", true)).toBe("logs takes 2 arguments");
});

const scripts = Object.keys((JSON.parse(textOf("package.json")) as { scripts: Record<string, string> }).scripts);

test.each(pages)("%s: npm scripts that exist", (page) => {
  for (const [, script = ""] of textOf(page).matchAll(/(?<!p)npm run ([\w-]+)/g)) expect(scripts).toContain(script);
});

const links = pages.flatMap((page) =>
  [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#([^)\s]+))?\)|\]\(#([^)\s]+)\)/g)].map(
    ([, path = "", anchor = "", own = ""]) => ({ page, path, anchor: anchor || own }),
  ),
);

test.each(links)("$page: a link that leads somewhere: $path#$anchor", ({ page, path, anchor }) => {
  const target = path === "" ? page : join(dirname(page), path);
  expect(existsSync(join(root, target))).toBe(true);
  if (anchor === "") return;
  const anchors = [...textOf(target).matchAll(/^#+ (.*)$/gm)].map(([, words = ""]) =>
    words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  expect(anchors).toContain(anchor);
});

test("both front pages say the same: as many sections, rows and commands", () => {
  const shape = (page: string) => {
    const text = textOf(page);
    const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
    return [count(/^## /gm), count(/^\| /gm), count(/^- /gm), count(/^```/gm), count(/`sampan /g)];
  };
  expect(shape("README.ru.md")).toEqual(shape("README.md"));
});
