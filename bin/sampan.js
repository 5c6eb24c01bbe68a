#!/usr/bin/env node
// Written in the oldest JavaScript that any Node understands, so that an old one can still say what is wrong.
var major = Number(process.versions.node.split(".")[0]);
var cache = process.env.XDG_CACHE_HOME || (process.env.HOME ? process.env.HOME + "/.cache" : "");
if (major < 24) {
  process.stderr.write(
    "sampan needs Node 24 or newer; this is Node " + process.versions.node + ". Install Node 24 and try again.\n",
  );
  process.exit(2);
} else {
  // Compiling the programs takes longer than much of what they do: Node keeps the result in a folder of this user's own.
  import("node:module").then(function (module) {
    if (cache !== "") module.enableCompileCache(cache + "/sampan");
    return import("../dist/main.js");
  });
}
