import pg from "pg";

/** Reads and writes a table without a pause, as a service would, and keeps the longest that it had to wait, in milliseconds. */
export async function bystander(url: string, table = "busy") {
  const clients = await Promise.all(
    ["reader", "writer"].map(async (name) => {
      const client = new pg.Client({ connectionString: url, application_name: name });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    }),
  );
  let going = true;
  let longest = 0;
  let done = 0;
  const loop = async (client: pg.Client, sql: string) => {
    while (going) {
      const began = performance.now();
      await client.query(sql).catch(() => undefined);
      longest = Math.max(longest, performance.now() - began);
      done += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const [reader, writer] = clients as [pg.Client, pg.Client];
  const loops = Promise.all([loop(reader, `select id from ${table}`), loop(writer, `update ${table} set id = id`)]);
  return {
    longest: () => longest,
    stop: async () => {
      going = false;
      await loops;
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      return { longest, done };
    },
  };
}

/** The longest that anybody may have to wait for a migration: its own patience for a lock, and a second. */
export const BOUND = 200 + 1_000;
