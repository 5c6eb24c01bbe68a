import { afterAll, expect, it } from "vitest";
import { sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet | null = null;
afterAll(async () => {
  if (fleet !== null) await sinkFleet(fleet);
}, 60_000);

it("carries a release to its end though nobody reads what it prints any more", { timeout: 90_000 }, async () => {
  fleet = await tinyFleet([{ name: "auth" }], { fleet: "pipe" });
  fleet.commit("one", { auth: { version: "1" } });
  const at = { cwd: fleet.root, env: fleet.env };
  const { child, ended } = startSampan(["deploy", "staging"], at);
  // As `| head -1` does, or a `tee` that the same Ctrl-C has ended.
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const status = (await sampan(["status", "staging", "--json"], at)).json() as { underWay: unknown };
  expect(status.underWay).toBeNull();
});
