import type { Role } from "@go2asia/service-kit/principal";
import type { Generated } from "kysely";

export type Tables = {
  users: {
    id: Generated<string>;
    email: string;
    name: string;
    role: Generated<Role>;
    password_hash: string;
    created_at: Generated<Date>;
  };
  refresh_tokens: {
    hash: string;
    family: string;
    user_id: string;
    expires_at: Date;
    used_at: Date | null;
  };
};
