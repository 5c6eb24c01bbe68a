import { hostname } from "node:os";
import type { Lease, LeaseOwner, Store } from "../engine/store.ts";
import { machineStamp, processStamp } from "../io/process.ts";
import type { Workplace } from "./workplace.ts";

/** Milliseconds that a lease lasts without being renewed, and between two renewals. */
const LASTS = 15_000;
const RENEWED_EVERY = 4_000;

/** Another deployer is at work (exit code 6). */
export class EnvironmentHeld extends Error {
  constructor(environment: string, { owner, heldFor }: Lease) {
    const seconds = Math.max(0, Math.round(heldFor / 1000));
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
    machine: machineStamp(),
    pid: process.pid,
    processStart: processStamp(process.pid) ?? "",
    doing,
  };
  const held = await store.acquire(environment, { owner, token, lasts: LASTS }, isDead);
  if (held !== null) throw new EnvironmentHeld(environment, held);
  const lost = new AbortController();
  const done = new AbortController();
  void (async () => {
    while (!done.signal.aborted) {
      await at.clock.sleep(RENEWED_EVERY, done.signal);
      // A store that cannot be reached now may be in four seconds; the fence guards the target meanwhile.
      const mine = await store.renew(environment, token, LASTS).catch(() => null);
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
export async function expectFree(store: Store, environment: string): Promise<void> {
  const held = await heldNow(store, environment);
  if (held !== null) throw new EnvironmentHeld(environment, held);
}

/** Who is at work there; null: nobody, whatever a deployer that died has left in the store. */
export async function heldNow(store: Store, environment: string): Promise<Lease | null> {
  const held = await store.lease(environment);
  return held !== null && held.left > 0 && !isDead(held.owner) ? held : null;
}

/**
 * On this machine a dead owner can be told from a slow one; nobody need wait for its lease to run out. A name does not make it the same machine:
 * runners in containers are often all called alike, and each counts its processes from one.
 */
export function isDead({ host, machine, pid, processStart }: LeaseOwner): boolean {
  return host === hostname() && machine === machineStamp() && processStamp(pid) !== processStart;
}
