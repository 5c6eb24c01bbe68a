import type { BoundedAnswer } from "../io/bounded-request.ts";

/** What an instance says it is, by the header `x-sampan-artifact` or the field `artifact` of a JSON body; null: it does not say. */
export function reportedArtifact(answer: Extract<BoundedAnswer, { kind: "answer" }>): string | null {
  const header = answer.headers["x-sampan-artifact"];
  if (typeof header === "string") return header;
  if (answer.status < 200 || answer.status > 299) return null;
  try {
    const body: unknown = JSON.parse(answer.body.toString("utf8"));
    if (typeof body !== "object" || body === null || !Object.hasOwn(body, "artifact")) return null;
    const { artifact } = body as { artifact: unknown };
    return typeof artifact === "string" ? artifact : null;
  } catch {
    return null;
  }
}
