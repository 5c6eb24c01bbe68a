import { describe, test } from "vitest";
import { noHaproxy } from "../haproxy.ts";
import { contracts, patiently } from "./router/router.contract.ts";

patiently();

if (noHaproxy === null) {
  for (const [name, contract] of Object.entries(contracts)) describe(name, () => contract("haproxy"));
} else test.skip(`the contract of routers: ${noHaproxy}`, () => {});
