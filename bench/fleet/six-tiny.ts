import { sinkFleet, type TinyService, tinyFleet } from "../../test/tiny/tiny-fleet.ts";
import { type BenchFleet, benchFleet } from "./bench-fleet.ts";

/** As the example fleet needs each other; services that do nothing but answer. */
const SERVICES: readonly TinyService[] = [
  { name: "user-auth", replicas: 2 },
  { name: "points", needs: ["user-auth"] },
  { name: "content", needs: ["user-auth"], replicas: 2 },
  { name: "atlas", needs: ["user-auth", "points", "content"] },
  { name: "pulse", needs: ["user-auth", "points", "content"] },
  { name: "blog", needs: ["user-auth", "points", "content"], replicas: 2 },
];

/** Six services of a few lines each, without a database. */
export async function sixTiny(): Promise<BenchFleet> {
  const tiny = await tinyFleet(SERVICES, { fleet: "six-tiny", health: "every: 250ms, healthyFor: 1s, timeout: 20s" });
  tiny.commit("one", Object.fromEntries(SERVICES.map(({ name }) => [name, { version: "1" }])));
  let changes = 0;
  return benchFleet({
    name: "six tiny services",
    ...tiny,
    change: async () => {
      changes += 1;
      tiny.write("env/staging.env", `MOTTO=${changes}\n`);
    },
    close: () => sinkFleet(tiny),
  });
}
