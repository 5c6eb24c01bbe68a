#!/usr/bin/env node
// Puts a service and every library it needs into dist/server.js: a bundle then starts in a moment and installs nothing.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/server.ts"],
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // What is imported on demand (the queue) stays a file of its own: it is not parsed before the service listens.
  splitting: true,
  chunkNames: "[name]-[hash]",
  external: ["pg-native", "pg-cloudflare"],
  // Libraries in CommonJS call require() for Node's own modules.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  legalComments: "none",
  logLevel: "warning",
});
