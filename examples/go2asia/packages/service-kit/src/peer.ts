import type { Context } from "hono";
import { z } from "zod";
import { Failure } from "./failure.ts";
import type { Env } from "./http.ts";

type Call<T extends z.ZodType> = Readonly<{
  c: Context<Env>;
  path: string;
  method?: "GET" | "POST" | "PUT";
  json?: unknown;
  token?: string;
  answer: T;
}>;

/** Another service of the fleet, through the environment's router. */
export class Peer {
  readonly #name: string;
  readonly #base: string;

  constructor(name: string, base: string) {
    this.#name = name;
    this.#base = base;
  }

  /** The answer as the schema says; null for 404; its own 4xx passed on; 503 when it cannot be had within 5 s. */
  async call<T extends z.ZodType>({
    c,
    path,
    method = "GET",
    json,
    token,
    answer,
  }: Call<T>): Promise<z.output<T> | null> {
    const headers: Record<string, string> = { "x-request-id": c.get("requestId") };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (json !== undefined) headers["content-type"] = "application/json";
    const away = () => new Failure(503, "unavailable", `${this.#name} cannot be reached now.`);
    const response = await fetch(new URL(path, this.#base), {
      method,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(5_000),
    }).catch(() => {
      throw away();
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return null;
    }
    const body: unknown = await response.json().catch(() => null);
    if (response.status >= 500) throw away();
    if (!response.ok) {
      const refusal = refused.safeParse(body).data;
      const status = response.status === 409 ? 409 : response.status === 422 ? 422 : 403;
      throw new Failure(
        status,
        refusal?.code ?? "refused",
        refusal?.message ?? `${this.#name} refused.`,
        refusal?.detail,
      );
    }
    return answer.parse(body);
  }
}

const refused = z.object({ code: z.string(), message: z.string(), detail: z.unknown().optional() });
