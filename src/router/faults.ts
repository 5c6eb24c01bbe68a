/** Nothing answers at the router's socket, or the answer was cut. Every command may be repeated: epochs see to that. */
export const ROUTER_UNREACHABLE = "router-unreachable";

/** It is there, and says nothing: stopped, or starved. What it was told it may still do. */
export const ROUTER_SILENT = "router-silent";

/** Another table is there under this epoch or a later one. */
export const STALE_EPOCH = "stale-epoch";
