import type { ContainerState } from "../plan/observed.ts";
import type { Scope } from "./protocol.ts";
import type { InstanceRecord } from "./state/instances.ts";

/** What is there of an instance right now. */
export type Look = Readonly<{
  lives: boolean;
  pid: number | null;
  container: ContainerState | null;
}>;

/** What starts, watches and ends instances of one kind, processes or containers. */
export interface Runtime {
  look(record: InstanceRecord): Look;
  /** Resolves once what `look` tells of these is what is there; rejects when that cannot be known. */
  ready(records: readonly InstanceRecord[]): Promise<void>;
  /** Has the instance's own health check run now rather than when its time comes; resolves when it has, or soon. None: nothing is done. */
  check(record: InstanceRecord): Promise<void>;
  /** Sees to it that these, recorded as wanted, run; those that do are left alone. Begins within the tick of the call. */
  start(ids: readonly string[]): Promise<void>;
  /** It is not wanted any more: a restart that waits is called off. */
  forget(id: string): void;
  /** Ends it and leaves nothing of it; nothing to end is success. `permit` is run in the tick of each effect and throws to forbid it. */
  end(id: string, options: Readonly<{ timeout: number; permit: () => void }>): Promise<void>;
  /** Lines since it was brought or revived, in batches. */
  logs(
    record: InstanceRecord,
    options: Readonly<{ follow: boolean; signal: AbortSignal }>,
  ): AsyncIterable<readonly string[]>;
  /** Resolves once all that was begun for a scope by now is over, whatever became of it. */
  settled(scope: Scope): Promise<void>;
}
