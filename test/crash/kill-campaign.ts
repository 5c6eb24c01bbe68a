import { expect } from "vitest";
import { seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { percentile } from "../percentile.ts";
import { violations } from "./kill-oracle.ts";
import { arrived, type Deployed, voyage } from "./kills.ts";

type Campaign = Readonly<{
  name: string;
  /** Deployers that are to die. */
  count: number;
  /** Fleets at sea at the same time: most of a deployment is waiting. */
  lanes: number;
  launched: (lane: string) => Promise<Deployed>;
}>;

/** Deployments cut off at any moment and resumed until they have ended: each must end wholly on a verified version. */
export async function killedAtAnyMoment({ name, count, lanes, launched }: Campaign): Promise<void> {
  const found: string[] = [];
  const recoveries: number[] = [];
  const ends: string[] = [];
  const died: string[] = [];
  const sail = async (lane: number): Promise<void> => {
    const at = await launched(String(lane));
    // Some come to their end before their moment: then another one is killed instead.
    for (let number = lane; died.length < count && number < 2 * count + lanes; number += lanes) {
      const { outside, tale, recovery, deaths } = await voyage(at, number, chance(number));
      const wrong = violations(outside);
      if (recovery !== null) recoveries.push(recovery);
      ends.push(outside.said.status);
      died.push(...deaths);
      if (wrong.length > 0) {
        found.push(`deployment ${number} of seed ${seed}:\n${wrong.join("\n")}\n${tale.join("\n")}`);
        // What is wrong now would be blamed on the next one.
        return;
      }
      arrived(at, outside);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => sail(lane)));
  const [p50, p99] = [percentile(recoveries, 0.5), percentile(recoveries, 0.99)];
  console.log(
    `campaign: ${name}: ${ends.length} deployments (${counted(ends)}), ${died.length} kills (${counted(died)}), ${found.length} violations, recovery p50 ${p50.toFixed(1)} s, p99 ${p99.toFixed(1)} s, seed ${seed}`,
  );
  expect(found.join("\n\n")).toBe("");
  expect(died.length).toBeGreaterThanOrEqual(count);
}

type Firsts = Readonly<{
  name: string;
  count: number;
  /** A fleet of which nothing runs yet. */
  built: (name: string) => Promise<Deployed>;
  sunk: (at: Deployed) => Promise<void>;
}>;

/** First deployments cut off: each ends at its version or at nothing. */
export async function firstsKilled({ name, count, built, sunk }: Firsts): Promise<void> {
  const found: string[] = [];
  const ends: string[] = [];
  for (let number = 1000; number < 1000 + count; number += 1) {
    const at = await built(`first-${number}`);
    const { outside, tale } = await voyage(at, number, chance(number));
    const wrong = violations(outside);
    ends.push(outside.said.status);
    if (wrong.length > 0)
      found.push(`first deployment ${number} of seed ${seed}:\n${wrong.join("\n")}\n${tale.join("\n")}`);
    await sunk(at);
  }
  console.log(
    `campaign: ${name} of first deployments: ${count} (${counted(ends)}), ${found.length} violations, seed ${seed}`,
  );
  expect(found.join("\n\n")).toBe("");
}

const counted = (words: readonly string[]): string =>
  [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`).join(", ");
