import type { ReferenceCommand } from "../fleet/fleet.ts";
import type { Problem } from "../problem.ts";

/** What a command is to be asked for. */
export type Reference = Readonly<{
  /** The value as written. */
  text: string;
  argv: readonly [string, ...string[]];
  /** Milliseconds. */
  timeout: number;
  /** For people: the command as the fleet file has it. */
  command: string;
}>;

/** A variable whose value is what a command says. */
export type VariableReference = Readonly<{
  /** As written; null where what holds it is not to be shown: an encrypted file, the process's environment. */
  text: string | null;
  /** As the fleet file has it. */
  command: string;
  /** Why it could not be resolved, and has no value; null: it could, or was not asked for. */
  problem: Problem | null;
}>;

type Read = Readonly<{ kind: "reference"; reference: Reference } | { kind: "wrong"; why: string; command: string }>;

/** What a value refers to; null: it is a value. */
export function referenceIn(value: string, commands: readonly ReferenceCommand[]): Read | null {
  const found = commands.find(({ prefix }) => value.startsWith(prefix));
  if (found === undefined) return null;
  const { prefix, command, timeout } = found;
  const rest = value.slice(prefix.length);
  const at = rest.lastIndexOf("#");
  const path = at === -1 ? rest : rest.slice(0, at);
  const field = at === -1 ? "" : rest.slice(at + 1);
  const shown = command.join(" ");
  const wrong = (why: string): Read => ({ kind: "wrong", why, command: shown });
  if (path === "") return wrong(`there is nothing behind ${prefix}`);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return wrong("the reference is more than one line of text");
  if (field === "" && command.some((word) => word.includes("{field}"))) return wrong("the reference has no #field");
  const words = command.map((word) =>
    word.replaceAll(/\{(reference|path|field)\}/g, (_, name: "reference" | "path" | "field") =>
      name === "reference" ? value : name === "path" ? path : field,
    ),
  );
  // Else a reference would be an option of the command's.
  if (words.some((word, index) => word.startsWith("-") && command[index]?.startsWith("-") === false)) {
    return wrong("the reference begins with -");
  }
  const [program = "", ...rest_] = words;
  return { kind: "reference", reference: { text: value, argv: [program, ...rest_], timeout, command: shown } };
}

const ADDRESS = /URL|URI|DSN|HOST|ADDR|ENDPOINT|DATABASE(?!_?PASS)|(^|_)DB(_NAME)?$|BUCKET|QUEUE|BROKER|NAMESPACE/i;
const SECRET = /PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|KEY|CREDENTIAL|PRIVATE|CERT|PIN$|SALT|PEPPER/i;

/** By its name it is a secret, and names no database, queue, storage or namespace, whatever its value is. */
export const holdsNoAddress = (name: string): boolean => SECRET.test(name) && !ADDRESS.test(name);
