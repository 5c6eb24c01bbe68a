import { probe } from "../../gates/health-probe.ts";
import { type Finding, failed, inconclusive, passed } from "../../gates/subject.ts";
import type { ObservedInstance } from "../../plan/observed.ts";
import { environmentOf } from "../workplace.ts";
import type { Looking } from "./looking.ts";

/** Milliseconds that an instance may take to answer. */
const PATIENCE = 5000;

/** Every instance of what this plan changes passes its health check now in the environment that `after` names. */
export async function healthyBefore({ at, environment, plan }: Looking): Promise<Finding> {
  const { after } = environment;
  const before = after === null ? null : environmentOf(at.fleet, after);
  if (before === null) return inconclusive(`${environment.name} comes after no other environment`);
  const target = at.target(before);
  try {
    const { services } = await target.observe({ signal: at.signal });
    const asked = plan.services.filter(({ change }) => change === "new" || change === "update");
    const answers = await Promise.all(
      asked.map(async ({ name }): Promise<Answer> => {
        const own = services[name]?.instances ?? [];
        if (own.length === 0) return { why: `${name}: nothing of it runs in ${before.name}`, count: 0 };
        const path = (services[name]?.marks[0]?.spec ?? at.fleet.services[name])?.health?.path ?? null;
        const whys = await Promise.all(own.map((instance) => unwell({ at, instance, path, target })));
        const why = whys.find((one) => one !== null) ?? null;
        return { why: why === null ? null : `${name} in ${before.name}: ${why}`, count: own.length };
      }),
    );
    const wrong = answers.find(({ why }) => why !== null);
    if (wrong?.why != null) return failed(wrong.why);
    return passed(`${answers.reduce((sum, { count }) => sum + count, 0)} instances in ${before.name} answer well`);
  } catch (error) {
    at.signal.throwIfAborted();
    return inconclusive(`${before.name} could not be asked: ${(error as Error).message.slice(0, 200)}`);
  }
}

type Answer = Readonly<{ why: string | null; count: number }>;

type Asked = Pick<Looking, "at"> &
  Readonly<{
    instance: ObservedInstance;
    path: string | null;
    target: ReturnType<Looking["at"]["target"]>;
  }>;

/** Why it is not well; null: it is. Of what has no health check it is asked that it runs. */
async function unwell({ at, instance, path, target }: Asked): Promise<string | null> {
  const { id, service, state, container, revision } = instance;
  if (state !== "running") return `${id} is ${state}`;
  if (container !== null && (container.health === "unhealthy" || container.health === "starting"))
    return `${id}: its own check says ${container.health}`;
  if (path === null) return null;
  const endpoint = await target.endpoint({ version: 1, id, service }, { signal: at.signal });
  if (endpoint === null) return `${id} listens nowhere`;
  const { artifact } = revision;
  const answer = await probe({
    ...{ endpoint, path, artifact },
    timeout: PATIENCE,
    clock: at.clock,
    signal: at.signal,
  });
  switch (answer.kind) {
    case "healthy":
      return null;
    case "unhealthy":
      return `${id}: ${path}: ${answer.why}`;
    case "wrong":
      return `${id} reports another artifact than it is to run`;
  }
}
