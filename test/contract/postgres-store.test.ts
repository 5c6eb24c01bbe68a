import { query, testPostgres } from "../postgres.ts";
import { teamStore } from "../store/team-store.ts";
import { storeContract } from "./store.contract.ts";

const postgres = testPostgres();

storeContract(async () => {
  const url = await postgres.database();
  return {
    open: () => teamStore(url),
    tamper: async (sql) => {
      await query(url, `set search_path = sampan_shop; ${sql}`);
    },
    end: async () => undefined,
  };
});
