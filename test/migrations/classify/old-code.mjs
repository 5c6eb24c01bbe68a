// Old code, as a service that has run for a while: one connection, on which it has prepared statements when it started, and queries by
// number. What it sends stands in old-code.json.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const here = new URL("./", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, here), "utf8"));
const { prepared, queries } = read("old-code.json");
const { artifact } = read("sampan-bundle.json");
const { default: pg } = await import(process.env.PG_MODULE);

let open = null;
const connected = async () => {
  if (open !== null) return open;
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  const forget = () => {
    if (open === client) open = null;
  };
  client.on("error", forget);
  client.on("end", forget);
  await client.connect();
  open = client;
  return client;
};
for (const [name, text] of Object.entries(prepared)) await (await connected()).query({ name, text });

let turn = Promise.resolve();
const inTurn = (work) => {
  const done = turn.then(work);
  turn = done.catch(() => undefined);
  return done;
};

/** In one round trip: there are many. */
const transaction = async (statements) => {
  const client = await connected();
  try {
    await client.query(["begin", ...statements, "rollback"].join("; "));
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
};

const server = createServer(async (request, response) => {
  const say = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const [kind, name] = decodeURIComponent(request.url.slice(1)).split("/");
  if (kind === "health") return say(200, { status: "ok", artifact });
  try {
    const text = prepared[name];
    const statements = queries[name];
    if (kind === "prepared" && text !== undefined) await inTurn(async () => (await connected()).query({ name, text }));
    else if (statements !== undefined) await inTurn(() => transaction(statements));
    else return say(404, {});
    say(200, {});
  } catch (error) {
    say(500, { message: error.message, code: error.code });
  }
});
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.PORT), process.env.HOST ?? "127.0.0.1");
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
