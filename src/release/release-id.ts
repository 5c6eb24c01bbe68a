import { isoSeconds } from "../io/iso-time.ts";
import type { Random } from "../io/random.ts";

/** `20261123-141702-3f9a`: sorts by time (UTC), is short enough to be typed, and says when. */
export function releaseId(now: number, random: Random): string {
  const [day = "", time = ""] = isoSeconds(now).replace(/[-:Z]/g, "").split("T");
  return `${day}-${time}-${random.hex(2)}`;
}
