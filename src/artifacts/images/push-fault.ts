import { StepFault } from "../../fault.ts";
import { engineFault, isDiskFull, isEngineGone } from "./engine-fault.ts";

type Ran = Readonly<{ exitCode: number | null; failure: string | null; said: string }>;

/** The engine speaks to the registry for us; what went wrong between them is in its last words. */
export function pushFault({ registry, service }: Readonly<{ registry: string; service: string }>, ran: Ran): StepFault {
  const where = `${service}: pushing its image: the registry ${registry}`;
  const lines = ran.said.trim().split(/\r?\n/).slice(-12).join("\n");
  const fault = (code: string, what: string, retry: "safe" | "never" = "safe"): StepFault =>
    new StepFault({ code, message: `${where} ${what}`, evidence: lines, retry });
  if (ran.failure === "timeout") return fault("registry-slow", "does not take it in time");
  if (/unauthorized|denied|authentication required|403 Forbidden|no basic auth/i.test(ran.said)) {
    return fault("registry-denied", `refuses: log in with \`docker login ${registry}\``, "never");
  }
  if (
    /\b507\b|Insufficient Storage/i.test(ran.said) ||
    (isDiskFull(ran.said) && /blob|upload|manifest/i.test(ran.said))
  ) {
    return fault("registry-full", "is full");
  }
  if (/received unexpected HTTP status: 5\d\d|500 Internal Server Error|\b50[234] /i.test(ran.said)) {
    return fault("registry-failed", "failed");
  }
  if (/connection refused|no such host|no route to host|i\/o timeout|Client\.Timeout/i.test(ran.said)) {
    return fault("registry-down", "cannot be reached");
  }
  if (/EOF|connection reset|broken pipe/i.test(ran.said) && !/docker daemon/i.test(ran.said)) {
    return fault("registry-broken", "broke the connection");
  }
  if (isEngineGone(ran.said) || ran.failure !== null) return engineFault({ service, step: "pushing its image" }, ran);
  return fault("push-failed", "did not take it");
}
