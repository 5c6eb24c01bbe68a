#!/usr/bin/env node
// Written in the oldest JavaScript that any Node understands, so that an old one can still say what is wrong.
var major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    "sampan needs Node 24 or newer; this is Node " + process.versions.node + ". Install Node 24 and try again.\n",
  );
  process.exit(2);
} else {
  import("../dist/main.js");
}
