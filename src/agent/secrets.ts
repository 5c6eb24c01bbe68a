import { join } from "node:path";
import { z } from "zod";
import { StepFault } from "../fault.ts";
import { writeDurably } from "../io/files.ts";
import { hmacSha256 } from "../io/hmac.ts";
import { namesIn } from "../io/names-in.ts";
import type { Random } from "../io/random.ts";
import { readTextNow } from "../io/read-file.ts";
import { removeDurably } from "../io/remove-durably.ts";
import { canonicalJson } from "../plan/canonical.ts";
import type { StagedVariables } from "../targets/target.ts";
import { folderName } from "./names.ts";
import type { Scope } from "./protocol.ts";

type Variables = Readonly<Record<string, string>>;

const variables = z.record(z.string(), z.string());
const rotatingSchema = z.strictObject({ current: variables, former: variables });

/** Files of mode 0600 under folders of mode 0700: the only place of this host where values of variables are kept. */
export class Secrets {
  readonly #folder: string;
  readonly #random: Random;

  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  /** Keyed here, because the bare hash of a weak secret can be guessed. */
  fingerprint(scope: Scope, values: Variables): string {
    const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    return hmacSha256(this.#key(scope), canonicalJson(sorted));
  }

  stage(scope: Scope, staged: StagedVariables): void {
    if (this.fingerprint(scope, staged.variables) !== staged.fingerprint) {
      throw new StepFault({
        code: "fingerprint-mismatch",
        message: `The variables of ${staged.service} do not have the fingerprint that they were sent under`,
      });
    }
    const before = this.#rotating(scope, staged.service);
    const plain = Object.keys(before.current).filter((name) => Object.hasOwn(staged.variables, name));
    const rotating = {
      current: { ...without(before.current, plain), ...staged.rotates },
      // No longer marked as rotating, yet older revisions know it from nowhere else.
      former: { ...before.former, ...only(before.current, plain) },
    };
    writeDurably(this.#file(scope, staged.service, staged.fingerprint), JSON.stringify(staged.variables));
    if (canonicalJson(rotating) !== canonicalJson(before)) {
      writeDurably(this.#file(scope, staged.service, "rotating"), JSON.stringify(rotating));
    }
  }

  /** The revision's own values, and the current ones of those that rotate. Null: they are not here. */
  reveal(scope: Scope, service: string, fingerprint: string): Variables | null {
    const text = readTextNow(this.#file(scope, service, fingerprint));
    if (text === null) return null;
    const rotating = this.#rotating(scope, service);
    return { ...rotating.former, ...variables.parse(JSON.parse(text)), ...rotating.current };
  }

  /** Forgets all variables of the scope but these revisions', in this very tick; says how many. */
  prune(scope: Scope, needed: readonly Readonly<{ service: string; fingerprint: string }>[]): number {
    const kept = new Set(needed.map(({ service, fingerprint }) => this.#file(scope, service, fingerprint)));
    let removed = 0;
    for (const service of namesIn(this.#scopeFolder(scope)) ?? []) {
      const folder = join(this.#scopeFolder(scope), service);
      for (const name of namesIn(folder) ?? []) {
        const path = join(folder, name);
        if (!/^[0-9a-f]{64}\.json$/.test(name) || kept.has(path)) continue;
        removeDurably(path);
        removed += 1;
      }
    }
    return removed;
  }

  #key(scope: Scope): string {
    const path = join(this.#scopeFolder(scope), "key");
    const there = readTextNow(path);
    if (there !== null) return there;
    const made = this.#random.hex(32);
    writeDurably(path, made);
    return made;
  }

  #rotating(scope: Scope, service: string): z.infer<typeof rotatingSchema> {
    const text = readTextNow(this.#file(scope, service, "rotating"));
    return text === null ? { current: {}, former: {} } : rotatingSchema.parse(JSON.parse(text));
  }

  #scopeFolder = (scope: Scope) => join(this.#folder, folderName(scope.fleet, scope.environment));

  #file = (scope: Scope, service: string, name: string) =>
    join(this.#scopeFolder(scope), folderName(service), `${name}.json`);
}

const only = (values: Variables, names: readonly string[]): Variables =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));

const without = (values: Variables, names: readonly string[]): Variables =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
