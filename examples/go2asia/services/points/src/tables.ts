import type { Generated } from "kysely";

export type Tables = {
  accounts: { user_id: string; balance: Generated<number> };
  ledger: {
    id: Generated<number>;
    external_id: string;
    user_id: string;
    amount: number;
    balance_after: number;
    reason: string;
    created_at: Generated<Date>;
  };
};
