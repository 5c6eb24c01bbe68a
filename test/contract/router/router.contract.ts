import { vi } from "vitest";
import type { RouterKind } from "../../load/router.ts";
import { drainedContract } from "./drained.contract.ts";
import { proxyContract } from "./proxy.contract.ts";
import { startContract } from "./start.contract.ts";
import { streamingContract } from "./streaming.contract.ts";
import { troubleContract } from "./trouble.contract.ts";

/** What every router does, run against real processes of each kind; where one differs by its nature, the test says so. */
export const contracts = {
  proxy: proxyContract,
  streaming: streamingContract,
  trouble: troubleContract,
  drained: drainedContract,
  start: startContract,
} satisfies Record<string, (kind: RouterKind) => void>;

/** Real processes on a machine that others may use as well. */
export const patiently = (): void => void vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
