import { sha512t256 } from "../src/io/digest.ts";
import { makePlan } from "../src/plan/make-plan.ts";
import type { Observed } from "../src/plan/observed.ts";
import { deployedOf } from "../test/fleet-samples.ts";
import { type Case, largeFleet, type Shape, type Size } from "./large-fleet.ts";

// One plan in a process of its own: cold, and with a peak of memory that is its own. `plan-once.ts SHAPE CASE SERVICES DEPENDENCIES`.

const [shape, what, services, dependencies] = process.argv.slice(2) as [Shape, Case, string, string];
const size: Size = { services: Number(services), dependencies: Number(dependencies) };
const nothing: Observed = { environment: "staging", services: {} };

const before = largeFleet(size, shape, "1");
const observed = what === "first" ? nothing : deployedOf(before);
const desired = what === "changed" ? largeFleet(size, shape, "2") : before;
const needs = desired.services.reduce((sum, service) => sum + service.needs.length, 0);
const own = process.resourceUsage().maxRSS;
const from = performance.now();
const plan = makePlan(desired, observed, sha512t256);
const ms = performance.now() - from;
process.stdout.write(
  JSON.stringify({
    services: desired.services.length,
    dependencies: needs,
    steps: plan.steps.length,
    ms,
    megabytes: process.resourceUsage().maxRSS / 1024,
    megabytesBefore: own / 1024,
  }),
);
