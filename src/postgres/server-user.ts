import { run } from "../io/exec.ts";
import { problem, Refused } from "../problem.ts";

export type ServerUser = Readonly<{ name: string; uid: number; gid: number }>;

/** PostgreSQL refuses to run as root. Whom it runs as then; null when we are not root and it simply runs as us. */
export async function serverUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody", "daemon"]) {
    const uid = await run({ argv: ["id", "-u", name], timeout: 10_000 });
    const gid = await run({ argv: ["id", "-g", name], timeout: 10_000 });
    if (uid.exitCode === 0 && gid.exitCode === 0) {
      return { name, uid: Number(uid.stdout.trim()), gid: Number(gid.stdout.trim()) };
    }
  }
  throw new Refused([
    problem(
      "no-postgres-user",
      "PostgreSQL does not run as root, and there is none of the users postgres, nobody and daemon to run it as",
      "run this as an ordinary user, or make a user named postgres",
    ),
  ]);
}
