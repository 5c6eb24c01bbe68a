// A service with a table of its own. What it sends to the database stands in behaviour.json, by the last part of a path; `knows` are the
// values of a column `state` that it can read.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const here = new URL("./", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, here), "utf8"));
const behaviour = read("behaviour.json");
const bundle = read("sampan-bundle.json");
const { default: pg } = await import(process.env.PG_MODULE);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2, idleTimeoutMillis: 0 });
pool.on("error", () => {});

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://tiny");
  const say = (status, body) => {
    response.writeHead(status, { "content-type": "application/json", "x-version": behaviour.version ?? "" });
    response.end(JSON.stringify(body));
  };
  if (pathname === "/health") return say(200, { status: "ok", artifact: bundle.artifact });
  const sql = behaviour.sql[pathname.split("/").at(-1)];
  if (sql === undefined) return say(404, {});
  try {
    // Named, it stays prepared on its connection.
    const { rows } = await pool.query(behaviour.named ? { name: pathname, text: sql } : sql);
    if (behaviour.knows && rows.some(({ state = "" }) => state !== "" && !behaviour.knows.includes(state)))
      return say(500, { message: "a value that this code does not know" });
    say(200, { rows: rows.length });
  } catch (error) {
    console.log(JSON.stringify({ level: 40, msg: error.message }));
    say(500, { message: error.message });
  }
});
server.keepAliveTimeout = 65_000;
if (behaviour.diesAtStart) process.exit(9);
server.listen(Number(process.env.PORT), process.env.HOST ?? "127.0.0.1", () =>
  console.log(JSON.stringify({ level: 30, msg: "listening" })),
);
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
