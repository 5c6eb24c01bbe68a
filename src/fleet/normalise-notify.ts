import type { Channel } from "./fleet.ts";
import { NEWS } from "./notify-schema.ts";
import type { FleetFile } from "./schema.ts";

/** Defaults of who hears of releases. Trusts the shape. */
export const channels = (file: FleetFile["notify"]): readonly Channel[] =>
  (file ?? []).map(({ slack, telegram, email, on, environments }): Channel => {
    const common = { on: on ?? NEWS, environments: environments ?? null };
    if (email !== undefined) return { kind: "email", ...email, ...common };
    if (telegram === undefined) return { kind: "slack", url: slack ?? "", ...common };
    const { token, chat, api } = telegram;
    return { kind: "telegram", token, chat, api: (api ?? "https://api.telegram.org").replace(/\/$/, ""), ...common };
  });
