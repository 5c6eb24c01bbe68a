import { hostname } from "node:os";
import type { Lease, LeaseOwner, Store } from "../engine/store.ts";
import { processStamp } from "../io/process.ts";
import type { Workplace } from "./workplace.ts";

/** Milliseconds that a lease lasts without being renewed, and between two renewals. */
const LASTS = 15_000;
const RENEWED_EVERY = 4_000;

/** Another deployer is at work (exit code 6). */
export class EnvironmentHeld extends Error {
  constructor(environment: string, owner: LeaseOwner, since: number, now: number) {
    const seconds = Math.max(0, Math.round((now - since) / 1000));
    super(`${environment} is held by ${owner.name} (pid ${owner.pid}) for ${seconds} s: ${owner.doing}`);
    this.name = "EnvironmentHeld";
  }
}

export type HeldLease = Readonly<{ lost: AbortSignal; owner: LeaseOwner; giveBack: () => Promise<void> }>;

/**
 * Tells people, through the store, who is at work. Courtesy only: what keeps a stale deployer from acting is the fence at the target.
 * @throws EnvironmentHeld
 */
export async function holdLease(
  at: Workplace,
  store: Store,
  want: { environment: string; doing: string },
): Promise<HeldLease> {
  const { environment, doing } = want;
  const token = at.random.hex(16);
  const owner: LeaseOwner = {
    name: at.by,
    host: hostname(),
    pid: process.pid,
    processStart: processStamp(process.pid) ?? "",
    doing,
  };
  const now = at.clock.now();
  const held = await store.acquire(environment, { owner, token, since: now, expiresAt: now + LASTS }, now, isDead);
  if (held !== null) throw new EnvironmentHeld(environment, held.owner, held.since, now);
  const lost = new AbortController();
  const done = new AbortController();
  void (async () => {
    while (!done.signal.aborted) {
      await at.clock.sleep(RENEWED_EVERY, done.signal);
      // A store that cannot be reached now may be in four seconds; the fence guards the target meanwhile.
      const mine = await store.renew(environment, token, at.clock.now() + LASTS).catch(() => null);
      if (mine === false) {
        lost.abort(new Error(`the lease on ${environment} was taken over by another deployer`));
        return;
      }
    }
  })().catch(() => {
    // Given back.
  });
  return {
    lost: lost.signal,
    owner,
    giveBack: async () => {
      done.abort();
      // It runs out, or is seen to be a dead process's: nothing that went wrong before may be hidden by this.
      await store.release(environment, token).catch(() => undefined);
    },
  };
}

/** @throws EnvironmentHeld when another deployer is at work. */
export async function expectFree(at: Workplace, store: Store, environment: string): Promise<void> {
  const held = await heldNow(at, store, environment);
  if (held !== null) throw new EnvironmentHeld(environment, held.owner, held.since, at.clock.now());
}

/** Who is at work there; null: nobody, whatever a deployer that died has left in the store. */
export async function heldNow(at: Workplace, store: Store, environment: string): Promise<Lease | null> {
  const held = await store.lease(environment);
  return held !== null && held.expiresAt > at.clock.now() && !isDead(held.owner) ? held : null;
}

/** On this machine a dead owner can be told from a slow one; nobody need wait for its lease to run out. */
function isDead(owner: LeaseOwner): boolean {
  return owner.host === hostname() && processStamp(owner.pid) !== owner.processStart;
}
