import type { Channel, Environment } from "./fleet.ts";
import type { Finding } from "./issues.ts";
import { suggester } from "./suggest.ts";

/** What those who hear of releases say about environments. */
export function checkNotify(notify: readonly Channel[], environments: readonly Environment[]): readonly Finding[] {
  const declared = environments.map(({ name }) => name);
  const suggest = suggester();
  return notify.flatMap(({ environments: chosen }, index) =>
    (chosen ?? []).flatMap((name, nth): readonly Finding[] => {
      if (declared.includes(name)) return [];
      const path = ["notify", index, "environments", nth];
      const meant = suggest(name, declared);
      const hint = meant === null ? "name environments of this fleet" : `did you mean ${meant}?`;
      return [{ path, at: "value", code: "unknown-environment", message: `notify: ${name} is no environment`, hint }];
    }),
  );
}
