import { StepFault } from "../../fault.ts";
import type { RouterTable } from "../router.ts";
import { ambiguity, ROUTES_REFUSED } from "../table.ts";
import { isAddress } from "./address.ts";

/** What a path or a host can hold and a line of HAProxy's can, too. */
const PREFIX = /^\/[A-Za-z0-9._~!$&'()*+,=:@%/-]*$/;
const HOST = /^[A-Za-z0-9._-]+$|^\[[0-9a-fA-F:.]+\]$/;

/** Throws `routes-refused` for what cannot be carried out. */
export function refuseTable(table: RouterTable): void {
  const why = ambiguity(table) ?? unfit(table);
  if (why === null) return;
  throw new StepFault({ code: ROUTES_REFUSED, message: `The routes are refused: ${why}` });
}

function unfit({ services }: RouterTable): string | null {
  for (const { service, match, backends } of services) {
    for (const route of match) {
      const text = route.kind === "prefix" ? route.prefix : route.host;
      if (!(route.kind === "prefix" ? PREFIX : HOST).test(text)) {
        return `${route.kind} ${JSON.stringify(text)} of ${service} holds what no request can`;
      }
    }
    const named = backends.find(({ host }) => !isAddress(host));
    if (named !== undefined) return `${named.instance} is at ${named.host}; HAProxy is given addresses, not names`;
  }
  return null;
}
