import { isoSeconds } from "../io/iso-time.ts";
import type { Random } from "../io/random.ts";

/**
 * `20261123-141702-3f9a1`: sorts by time (UTC), is short enough to be typed, and says when. Its last part begins with the milliseconds: a rollback
 * goes by the order of releases, and two may fall into one second.
 */
export function releaseId(now: number, random: Random): string {
  const [day = "", time = ""] = isoSeconds(now).replace(/[-:Z]/g, "").split("T");
  const thousandths = Math.floor(now) % 1000;
  return `${day}-${time}-${thousandths.toString(16).padStart(3, "0")}${random.hex(1)}`;
}
