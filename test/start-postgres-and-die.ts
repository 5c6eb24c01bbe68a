import { startPostgres } from "../src/postgres/start-postgres.ts";

/** Starts a server on the folder it is given, says its pid, and dies without a word to anybody. */
const [folder = "", owned = ""] = process.argv.slice(2);
const server = await startPostgres({ folder, superuserPassword: "test only", owned: owned === "owned" });
process.stdout.write(`${server.pid}\n`, () => process.kill(process.pid, "SIGKILL"));
