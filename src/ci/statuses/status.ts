import type { Provider } from "../run.ts";

/** One word of the CI on a commit: a check, a job, a commit status. */
export type Status = Readonly<{
  name: string;
  /** `silent`: it says nothing of the commit (skipped, waits for somebody, allowed to fail). */
  state: "green" | "red" | "pending" | "silent";
  page: string | null;
}>;

/** Where a provider is asked about a commit, and as which job of which run, whose own state says nothing. */
export type Question = Readonly<{
  provider: Provider;
  /** Without a slash at its end. */
  api: string;
  repository: string;
  commit: string;
  run: string | null;
  job: string | null;
  event: string | null;
}>;

/** A page of answers: which address, and what is in it. Null: the answer is not what the provider's schema says. */
export type Asked = Readonly<{ path: string; read: (answer: unknown) => Page | null }>;

/** `more`: there are further ones, on the next page. */
export type Page = Readonly<{ statuses: readonly Status[]; more: boolean }>;

export const PER_PAGE = 100;
