import { StepFault } from "../../../fault.ts";
import type { HttpAnswer } from "../../../io/http.ts";

export type RegistryStep = Readonly<{
  registry: string;
  service: string;
  /** `asking for its image`. */
  step: string;
}>;

/** A registry's answer that is none that was asked for, in words. */
export function registryFault({ registry, service, step }: RegistryStep, answer: HttpAnswer): StepFault {
  const where = `${service}: ${step}: the registry ${registry}`;
  if (answer.kind === "none") {
    const [code, what] = {
      down: ["registry-down", "cannot be reached"],
      timeout: ["registry-slow", "does not answer in time"],
      tls: ["registry-insecure", "does not speak TLS as it should"],
      broken: ["registry-broken", "broke the connection"],
      "too-much": ["registry-answer", "answered too much"],
    }[answer.why] as [string, string];
    return new StepFault({ code, message: `${where} ${what}`, evidence: answer.message, retry: "safe" });
  }
  const { status } = answer;
  const said = saidBy(answer.body);
  if (status === 401 || status === 403) {
    return new StepFault({
      code: "registry-denied",
      message: `${where} refuses (${status})`,
      evidence: `${said === "" ? "" : `${said}\n`}log in with \`docker login ${registry}\`, as a user who may push there`,
      retry: "never",
    });
  }
  const full = status === 507 || /no space left|insufficient storage|quota/i.test(said);
  return new StepFault({
    code: full ? "registry-full" : status >= 500 ? "registry-failed" : "registry-answer",
    message: `${where} ${full ? "is full" : "failed"} (${status})`,
    evidence: said,
    retry: full || status >= 500 || status === 429 ? "safe" : "never",
  });
}

/** May the same be asked again, in a moment? */
export const isPassing = (answer: HttpAnswer): boolean =>
  answer.kind === "none"
    ? answer.why === "down" || answer.why === "broken"
    : answer.status === 429 || (answer.status >= 500 && answer.status !== 501 && answer.status !== 507);

/** The distribution specification's `{ errors: [{ code, message, detail }] }`, or the beginning of whatever it was. */
function saidBy(body: Buffer): string {
  const text = body.toString("utf8").trim().slice(0, 2000);
  try {
    const { errors } = JSON.parse(text) as {
      errors?: readonly { code?: string; message?: string; detail?: unknown }[];
    };
    if (!Array.isArray(errors)) return text;
    return errors
      .map(({ code, message, detail }) =>
        [code, message, detail === undefined ? "" : JSON.stringify(detail)].filter(Boolean).join(": "),
      )
      .join("; ")
      .slice(0, 500);
  } catch {
    return text.startsWith("<") ? "" : text.slice(0, 500);
  }
}
