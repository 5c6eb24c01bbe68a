import type { ReleaseKind } from "../engine/store.ts";
import type { Channel, NewsKind } from "../fleet/fleet.ts";
import { oneLine } from "../plain.ts";

/** What people hear of a release: who, what, why, and how long it took. Everything in it is masked already. */
export type News = Readonly<{
  kind: NewsKind;
  fleet: string;
  environment: string;
  release: string;
  what: ReleaseKind;
  by: string;
  commit: string | null;
  services: readonly string[];
  seconds: number | null;
  /** What failed, what it waits for, or why the glass was broken. */
  why: readonly string[];
  /** Where the CI's run is seen. */
  page: string | null;
}>;

const SAID: Readonly<Record<NewsKind, string>> = {
  started: "has begun",
  waiting: "waits for approval",
  verified: "is verified",
  "thrown-back": "failed and was thrown back; the version before serves",
  halted: "halted; it needs a person",
};

/** Telegram takes 4,096 characters; a message is to be read at a glance. */
const LONGEST = 1500;

/** Plain text: one line that says it, then why. Whatever others wrote into it stays on its line. */
export function textOf(news: News): string {
  const { fleet, environment, release, what, by, commit, services, seconds, why, page } = news;
  const named =
    services.length > 8 ? `${services.slice(0, 8).join(", ")} and ${services.length - 8} more` : services.join(", ");
  const lines = [
    `${fleet} ${environment}: ${what} ${SAID[news.kind]}${seconds === null ? "" : ` (${seconds} s)`}`,
    `${named}${commit === null ? "" : ` at ${commit.slice(0, 7)}`}, by ${by}, release ${release}`,
    ...why.slice(0, 5).map((one) => one.slice(0, 300)),
    ...(page === null ? [] : [page]),
  ];
  return lines.map(oneLine).join("\n").slice(0, LONGEST);
}

export const hears = ({ on, environments }: Channel, { kind, environment }: News): boolean =>
  on.includes(kind) && (environments === null || environments.includes(environment));
