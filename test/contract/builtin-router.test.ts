import { describe } from "vitest";
import { contracts, patiently } from "./router/router.contract.ts";

patiently();

for (const [name, contract] of Object.entries(contracts)) describe(name, () => contract("builtin"));
