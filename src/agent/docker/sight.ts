import { z } from "zod";

export type Health = "none" | "starting" | "healthy" | "unhealthy";

/** A container's own health check. */
export type HealthCheck = Readonly<{
  /** What is run in the container. */
  command: readonly string[];
  /** Milliseconds. */
  timeout: number;
}>;

/** A container as the engine tells of it. */
export type Sight = Readonly<{
  container: string;
  name: string;
  instance: string;
  generation: number;
  status: string;
  running: boolean;
  /** Dead, and the engine will start it again. */
  restarting: boolean;
  pid: number | null;
  exitCode: number;
  outOfMemory: boolean;
  error: string;
  restarts: number;
  health: Health;
  /** What its health check said when it failed last. */
  complaint: string | null;
  /** Null: it has none. */
  check: HealthCheck | null;
  /** Identity of its image at the engine. */
  image: string;
  stopSignal: string | null;
  tty: boolean;
  logDriver: string;
  restartPolicy: string;
}>;

const inspectSchema = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number().default(0),
  State: z.looseObject({
    Status: z.string(),
    Running: z.boolean(),
    Restarting: z.boolean(),
    Pid: z.number(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(""),
    Health: z
      .looseObject({
        Status: z.string(),
        Log: z.array(z.looseObject({ ExitCode: z.number(), Output: z.string() })).nullish(),
      })
      .nullish(),
  }),
  Config: z.looseObject({
    Labels: z.record(z.string(), z.string()).nullish(),
    StopSignal: z.string().nullish(),
    Tty: z.boolean().default(false),
    Shell: z.array(z.string()).nullish(),
    Healthcheck: z.looseObject({ Test: z.array(z.string()).nullish(), Timeout: z.number().default(0) }).nullish(),
  }),
  HostConfig: z.looseObject({
    LogConfig: z.looseObject({ Type: z.string() }).nullish(),
    RestartPolicy: z.looseObject({ Name: z.string() }).nullish(),
  }),
});

/** Of the answer to `GET /containers/ID/json`. */
export function sightOf(body: unknown): Sight {
  const { Id, Name, Image, RestartCount, State, Config, HostConfig } = inspectSchema.parse(body);
  return {
    container: Id,
    name: Name.replace(/^\//, ""),
    instance: Config.Labels?.["sampan.instance"] ?? "",
    generation: Number(Config.Labels?.["sampan.generation"] ?? 0),
    status: State.Status,
    // While it waits for its restart the engine says that it runs.
    running: State.Running && !State.Restarting,
    restarting: State.Restarting,
    pid: State.Pid > 0 ? State.Pid : null,
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    error: State.Error,
    restarts: RestartCount,
    health: healthOf(State.Health?.Status),
    complaint: complaintIn(State.Health?.Log ?? []),
    check: checkOf(Config),
    image: Image,
    stopSignal: Config.StopSignal ?? null,
    tty: Config.Tty,
    logDriver: HostConfig.LogConfig?.Type ?? "",
    // The engine leaves it empty where nothing was said.
    restartPolicy: HostConfig.RestartPolicy?.Name || "no",
  };
}

/** Nanoseconds in a millisecond; and what the engine gives a check that says nothing of its time, in milliseconds. */
const NANOSECONDS = 1e6;
const CHECK_TIMEOUT = 30_000;
const SHELL = ["/bin/sh", "-c"];

function checkOf({ Healthcheck, Shell }: z.infer<typeof inspectSchema>["Config"]): HealthCheck | null {
  const [kind, ...rest] = Healthcheck?.Test ?? [];
  const command = kind === "CMD" ? rest : kind === "CMD-SHELL" ? [...(Shell ?? SHELL), ...rest] : [];
  const timeout = Math.ceil((Healthcheck?.Timeout ?? 0) / NANOSECONDS);
  return command.length === 0 ? null : { command, timeout: timeout > 0 ? timeout : CHECK_TIMEOUT };
}

/** Characters of it that are kept. */
const LONGEST = 300;

function complaintIn(log: readonly Readonly<{ ExitCode: number; Output: string }>[]): string | null {
  const last = log.at(-1);
  if (last === undefined || last.ExitCode === 0) return null;
  const said = last.Output.trim().replaceAll(/\s+/g, " ").slice(0, LONGEST);
  return said === "" ? `it ended with ${last.ExitCode}` : said;
}

const healthOf = (text: string | undefined): Health =>
  text === "starting" || text === "healthy" || text === "unhealthy" ? text : "none";

/** What people read of a container's end. */
export function exitOf(code: number, outOfMemory: boolean): string {
  if (outOfMemory) return `exit code ${code} (out of memory)`;
  const signal = SIGNALS[code - 128];
  return signal === undefined ? `exit code ${code}` : `exit code ${code} (${signal})`;
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  15: "SIGTERM",
};
