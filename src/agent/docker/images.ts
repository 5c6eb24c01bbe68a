import { z } from "zod";
import { StepFault } from "../../fault.ts";
import type { Engine } from "./engine.ts";

export type Image = Readonly<{
  /** The image's own id, and the digests that it has in registries. */
  identities: readonly string[];
  architecture: string;
  stopSignal: string | null;
}>;

const imageSchema = z.looseObject({
  Id: z.string(),
  RepoDigests: z.array(z.string()).nullish(),
  Architecture: z.string().default(""),
  Config: z.looseObject({ StopSignal: z.string().nullish() }).nullish(),
});

/** Null: the engine has no such image. */
export async function findImage(engine: Engine, source: string): Promise<Image | null> {
  const answer = await engine.ask({ method: "GET", path: `/images/${encodeImage(source)}/json` });
  if (answer.status === 404) return null;
  if (answer.status >= 400) throw new StepFault({ code: "image-unreadable", message: `${source}: ${answer.message}` });
  const { Id, RepoDigests, Architecture, Config } = imageSchema.parse(answer.body);
  const digests = (RepoDigests ?? []).map((name) => name.slice(name.indexOf("@") + 1));
  return {
    identities: [...new Set([Id, ...digests])],
    architecture: Architecture,
    stopSignal: Config?.StopSignal ?? null,
  };
}

const encodeImage = (source: string): string => source.split("/").map(encodeURIComponent).join("/");

const progressSchema = z.looseObject({
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.looseObject({ current: z.number().optional(), total: z.number().optional() }).optional(),
});

/**
 * Gets an image that the engine has not, and says how far it is. `auth`: as Docker's X-Registry-Auth. Faults: `image-missing` (the
 * registry has none of that name), `registry-refused`, `registry-unreachable`.
 */
export async function* pullImage(
  engine: Engine,
  of: Readonly<{ source: string; auth: string | null; signal: AbortSignal }>,
): AsyncGenerator<string> {
  const { source, auth, signal } = of;
  const at = source.indexOf("@");
  const colon = source.lastIndexOf(":");
  const [name, tag] =
    at >= 0
      ? [source.slice(0, at), source.slice(at + 1)]
      : colon > source.lastIndexOf("/")
        ? [source.slice(0, colon), source.slice(colon + 1)]
        : [source, "latest"];
  const layers = new Map<string, Readonly<{ current: number; total: number }>>();
  try {
    const body = await engine.stream(
      {
        method: "POST",
        path: "/images/create",
        query: { fromImage: name, tag },
        ...(auth === null ? {} : { headers: { "x-registry-auth": auth } }),
        signal,
      },
      `${source} could not be pulled`,
    );
    let told = "";
    for await (const line of jsonLines(body)) {
      const { error, id, progressDetail } = progressSchema.parse(line);
      if (error !== undefined) throw pullFault(source, error);
      if (id === undefined || progressDetail?.total === undefined) continue;
      layers.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total });
      const sum = (of: "current" | "total") => [...layers.values()].reduce((all, layer) => all + layer[of], 0);
      const text = `pulling ${source}: ${megabytes(sum("current"))} of ${megabytes(sum("total"))} MB`;
      if (text !== told) yield text;
      told = text;
    }
  } catch (error) {
    if (error instanceof StepFault && error.code === "engine-refused") throw pullFault(source, error.message);
    throw error;
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

async function* jsonLines(body: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
  if (rest.trim() !== "") yield JSON.parse(rest);
}

function pullFault(source: string, said: string): StepFault {
  const evidence = said;
  if (/manifest unknown|not found|no such image|name unknown/i.test(said)) {
    return new StepFault({ code: "image-missing", message: `The registry has no image ${source}`, evidence });
  }
  if (/unauthorized|denied|authentication|no basic auth/i.test(said)) {
    const registry = source.includes("/") ? source.split("/")[0] : "docker.io";
    const status = /denied|forbidden/i.test(said) ? 403 : 401;
    return new StepFault({
      code: "registry-refused",
      message: `The registry ${registry} refuses ${source} (${status}): log in with \`docker login ${registry}\` as the user who runs Sampan`,
      evidence,
    });
  }
  if (/no space left/i.test(said)) {
    return new StepFault({ code: "disk-full", message: `No space left for ${source}`, evidence, retry: "safe" });
  }
  return new StepFault({
    code: "registry-unreachable",
    message: `${source} could not be pulled`,
    evidence,
    retry: "safe",
  });
}
