// A service that does what its behaviour.json says: what the tests need of good and bad ones.
import { readFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";

const here = new URL("./", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, here), "utf8"));
const behaviour = read("behaviour.json");
const artifact = process.env.SAMPAN_ARTIFACT ?? null;

let items = 0;

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://tiny");
  const say = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (url.pathname === "/health" && behaviour.health === "hang") return;
  if (url.pathname === "/health" && behaviour.health === "drip") {
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => response.write(" "), 20);
    return void response.once("close", () => clearInterval(timer));
  }
  if (url.pathname === "/health") return say(behaviour.health ?? 200, { status: "ok", artifact });
  if (url.pathname.endsWith("/version"))
    return say(200, {
      version: behaviour.version,
      artifact,
      motto: process.env.MOTTO ?? null,
      pid: process.pid,
      instance: process.env.SAMPAN_INSTANCE ?? null,
    });
  if (url.pathname.endsWith("/slow"))
    return void setTimeout(() => say(200, { slow: true }), Number(url.searchParams.get("ms") ?? 1000));
  if (url.pathname.endsWith("/item")) {
    items += 1;
    const status = behaviour.failsEvery && items % behaviour.failsEvery === 0 ? 500 : 200;
    return void setTimeout(() => say(status, { item: items }), behaviour.takes ?? 0);
  }
  if (url.pathname.endsWith("/work")) return say(behaviour.work ?? 200, { work: true });
  return say(404, {});
});
if (behaviour.flood) {
  const mebibyte = `${"x".repeat(127)}\n`.repeat(8192);
  for (let left = behaviour.flood; left > 0; left -= 1) writeSync(1, mebibyte);
}
server.keepAliveTimeout = 65_000;
server.headersTimeout = 70_000;
if (behaviour.neverListens !== true) {
  server.listen(Number(process.env.PORT), process.env.HOST ?? "127.0.0.1", () => {
    console.log(JSON.stringify({ level: 30, msg: "listening", version: behaviour.version }));
    if (behaviour.logs) console.log(JSON.stringify({ level: 50, msg: behaviour.logs }));
  });
} else setInterval(() => {}, 1000);
if (behaviour.crashesAfter) setTimeout(() => process.exit(7), behaviour.crashesAfter);
process.on("SIGTERM", () => {
  if (behaviour.ignoresSigterm === true) return;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
