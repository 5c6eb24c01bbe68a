import { healthy, runChecks } from "./checks.ts";
import type { Ground, ProofCx } from "./ground.ts";
import { isolate, placeOf } from "./isolate.ts";
import { type LadderSession, ladder } from "./ladder.ts";
import { otherDatabase } from "./scratch/databases.ts";
import type { ServerError } from "./scratch/server-errors.ts";
import { suspectLine, suspects } from "./suspects.ts";
import type { Running, Witness } from "./witness.ts";

/** A witness on a clone, alive, with what it met before anything was changed. */
export type Member = {
  readonly witness: Witness;
  readonly roles: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  running: Running;
  /** Its statements, prepared on a connection of their own before anything was changed; null: it declares none. */
  readonly session: LadderSession | null;
  /** What fails without any change: those checks prove nothing. */
  readonly before: readonly string[];
  readonly errors: readonly ServerError[];
  /** Why it cannot testify; null: it can. */
  readonly unfit: string | null;
};

export type Sea = Readonly<{ ground: Ground; database: string; folder: string }>;

/** Milliseconds: a check that fails after a change is tried again so long: a pool may have to connect anew. */
const PATIENCE = 1_500;

/** Starts a witness on the clone and runs its checks before anything is changed. Never throws for what the witness does. */
export async function board(witness: Witness, sea: Sea, cx: ProofCx): Promise<Member> {
  const { ground, database } = sea;
  const isolated = isolate(witness.variables, {
    place: placeOf(ground.url) ?? "",
    clone: database,
    host: cx.server.host,
    port: cx.server.port,
    password: cx.server.password,
    other: (place) => `sampan_other_${shortHash(`${database} ${place}`)}`,
    folder: sea.folder,
    given: witness.given,
  });
  for (const other of isolated.others) await otherDatabase(cx, other.database, other.role);
  const mark = cx.server.log?.mark() ?? 0;
  const base = { witness, roles: isolated.roles, variables: isolated.variables };
  const running = await start(witness, isolated.variables, sea, cx);
  if (typeof running === "string")
    return { ...base, running: GONE, session: null, before: [], errors: [], unfit: running };
  const ill = await healthy(witness, running, cx);
  if (ill !== null) {
    await running.stop();
    return {
      ...base,
      running: GONE,
      session: null,
      before: [],
      errors: [],
      unfit: `it is not healthy on the schema as it is: ${ill}`,
    };
  }
  const failures = await runChecks({ witness, running, patience: cx.patience, variables: isolated.variables }, cx);
  const [role = null] = isolated.roles;
  const session =
    witness.queries.length === 0 || role === null
      ? null
      : await ladder({ server: cx.server, database, role, queries: witness.queries });
  const errors = (await cx.server.log?.since(mark)) ?? [];
  const before = failures.map(({ check, failure }) => `${check}: ${failure}`);
  const total =
    witness.checks.length +
    (witness.spec.smoke.kind === "checks" ? witness.spec.smoke.checks.length : 0) +
    witness.queries.length;
  const unfit =
    total === 0
      ? "it declares neither a smoke test nor checks: nothing can be seen to fail"
      : failures.length > 0
        ? `its checks fail on the schema as it is: ${before.join("; ")}`
        : (session?.unfit ?? null);
  return { ...base, running, session, before, errors, unfit };
}

/** What it meets now and had not met before: failing checks with the statements that the server refused it. */
export async function ask(member: Member, sea: Sea, cx: ProofCx): Promise<readonly string[]> {
  const mark = cx.server.log?.mark() ?? 0;
  const { witness, running, variables } = member;
  const failures = await runChecks({ witness, running, patience: PATIENCE, variables }, cx);
  const queries = member.session === null ? [] : await member.session.again();
  const errors = (await cx.server.log?.since(mark)) ?? [];
  const met = suspects(member.errors, errors, { database: sea.database, roles: member.roles });
  return [...failures.map(({ check, failure }) => `${check}: ${failure}`), ...queries, ...met.map(suspectLine)].map(
    cx.mask,
  );
}

/** The same artifact, started anew: what starts later meets the schema as it is now. Null: it is well. */
export async function reboard(member: Member, sea: Sea, cx: ProofCx): Promise<string | null> {
  await member.running.stop();
  const running = await start(member.witness, member.variables, sea, cx);
  if (typeof running === "string") return running;
  member.running = running;
  const ill = await healthy(member.witness, running, cx);
  return ill === null ? null : `started anew, it is not healthy: ${ill}`;
}

export const leave = async (members: readonly Member[]): Promise<void> => {
  await Promise.all(members.flatMap(({ running, session }) => [running.stop(), session?.close()]));
};

const GONE: Running = { endpoint: null, ended: () => "not started", tail: async () => "", stop: async () => undefined };

async function start(
  witness: Witness,
  variables: Readonly<Record<string, string>>,
  { ground }: Sea,
  cx: ProofCx,
): Promise<Running | string> {
  try {
    const { environment, fleet } = ground;
    return await cx.start(witness, { variables, environment, fleet, signal: cx.signal });
  } catch (error) {
    cx.signal.throwIfAborted();
    return `it cannot be started: ${cx.mask(error instanceof Error ? error.message : String(error))}`;
  }
}

/** Names of databases are at most 63 bytes long. */
function shortHash(text: string): string {
  let hash = 5381;
  for (const character of text) hash = (hash * 33 + (character.codePointAt(0) ?? 0)) % 2 ** 40;
  return hash.toString(16);
}
