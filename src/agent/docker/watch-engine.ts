import { z } from "zod";
import { type Engine, refused } from "./engine.ts";
import { AGENT_LABEL, GENERATION_LABEL, INSTANCE_LABEL, RECORD_LABEL } from "./labels.ts";

export type EngineEvent = Readonly<{
  action: "create" | "start" | "die" | "oom" | "destroy" | "health_status" | "pause" | "unpause";
  container: string;
  instance: string;
  generation: number;
  exitCode: number;
}>;

const eventSchema = z.looseObject({
  Action: z.string(),
  Actor: z.looseObject({ ID: z.string(), Attributes: z.record(z.string(), z.string()).default({}) }),
});

const ACTIONS = ["create", "start", "die", "oom", "destroy", "health_status", "pause", "unpause"] as const;

/** Follows what happens to an agent's containers. Resolves or rejects when the engine is gone; `connected` once events are heard. */
export async function watchEngine(
  engine: Engine,
  on: Readonly<{
    agent: string;
    signal: AbortSignal;
    connected: () => Promise<void>;
    event: (event: EngineEvent) => Promise<void>;
  }>,
): Promise<void> {
  const over = new AbortController();
  const stream = await engine.stream(
    {
      method: "GET",
      path: "/events",
      query: {
        filters: JSON.stringify({ type: ["container"], label: [`${AGENT_LABEL}=${on.agent}`], event: [...ACTIONS] }),
      },
      signal: AbortSignal.any([on.signal, over.signal]),
    },
    "The engine's events cannot be heard",
  );
  try {
    // What happens from here on is heard; what happened before is looked for.
    const heard = hear(stream, on.event);
    heard.catch(() => undefined);
    await on.connected();
    await heard;
  } finally {
    over.abort();
  }
}

async function hear(stream: AsyncIterable<Buffer>, tell: (event: EngineEvent) => Promise<void>): Promise<void> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = line.trim() === "" ? null : eventOf(line);
      if (event !== null) await tell(event);
    }
  }
}

function eventOf(line: string): EngineEvent | null {
  const { Action, Actor } = eventSchema.parse(JSON.parse(line));
  // `health_status: healthy`
  const action = ACTIONS.find((one) => Action === one || Action.startsWith(`${one}:`));
  if (action === undefined) return null;
  return {
    action,
    container: Actor.ID,
    instance: Actor.Attributes[INSTANCE_LABEL] ?? "",
    generation: Number(Actor.Attributes[GENERATION_LABEL] ?? 0),
    exitCode: Number(Actor.Attributes.exitCode ?? 0),
  };
}

const listSchema = z.array(
  z.looseObject({
    Id: z.string(),
    Names: z.array(z.string()),
    State: z.string(),
    Created: z.number().default(0),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

export type Listed = Readonly<{
  id: string;
  name: string;
  instance: string;
  fleet: string;
  environment: string;
  service: string;
  release: string;
  operation: string;
  generation: number;
  /** Of its record, as JSON; null: it is older than that label. */
  record: string | null;
  /** `created`: it was made and never started. */
  state: string;
  /** Milliseconds since the epoch. */
  created: number;
}>;

/** All containers of an agent, whatever their state. */
export async function listOurs(engine: Engine, agent: string): Promise<readonly Listed[]> {
  const answer = await engine.ask({
    method: "GET",
    path: "/containers/json",
    query: { all: "true", filters: JSON.stringify({ label: [`${AGENT_LABEL}=${agent}`] }) },
  });
  if (answer.status >= 400) throw refused("The containers could not be listed", answer);
  return listSchema.parse(answer.body).map(({ Id, Names, State, Created, Labels }) => ({
    id: Id,
    name: Names[0]?.replace(/^\//, "") ?? "",
    instance: Labels?.[INSTANCE_LABEL] ?? "",
    fleet: Labels?.["sampan.fleet"] ?? "",
    environment: Labels?.["sampan.environment"] ?? "",
    service: Labels?.["sampan.service"] ?? "",
    release: Labels?.["sampan.release"] ?? "",
    operation: Labels?.["sampan.operation"] ?? "",
    generation: Number(Labels?.[GENERATION_LABEL] ?? 0),
    record: Labels?.[RECORD_LABEL] ?? null,
    state: State,
    created: Created * 1000,
  }));
}
