import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";

export type LargeRepository = Readonly<{ packages: number; services: number; commits: number }>;

/** A git repository made by one `git fast-import`: each commit changes a file of one package. Answers with the last two commits. */
export async function largeRepository(
  folder: string,
  { packages, services, commits }: LargeRepository,
): Promise<Readonly<{ head: string; before: string }>> {
  await mkdir(folder, { recursive: true });
  await git(folder, ["init", "--quiet", "--initial-branch=develop"]);
  const file = (path: string, text: string): string =>
    `M 644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  const isService = (at: number): boolean => at < services;
  const folderOf = (at: number): string => (isService(at) ? `services/s${at}` : `packages/p${at}`);
  const manifest = (at: number): string =>
    JSON.stringify({
      name: isService(at) ? `s${at}` : `p${at}`,
      version: "1.0.0",
      private: true,
      scripts: { start: "node main.js", test: "true" },
      // Services use some packages, packages those behind them: no cycle, and every package has users.
      dependencies: Object.fromEntries(
        [services + ((at * 7) % (packages - services)), at + 1, at + 3]
          .filter((other) => other > at && other < packages && !isService(other))
          .map((other) => [`p${other}`, "workspace:*"]),
      ),
    });
  const fleet = [
    "fleet: large",
    "services:",
    ...Array.from(
      { length: services },
      (_, at) => `  s${at}: { path: services/s${at}, smoke: { none: x }${at === 0 ? "" : `, needs: [s${at >> 1}]`} }`,
    ),
    "environments:",
    "  staging: { branch: develop, onFailure: release }",
    "",
  ].join("\n");
  const first = [
    file("package.json", JSON.stringify({ name: "large", private: true, workspaces: ["services/*", "packages/*"] })),
    file("sampan.yaml", fleet),
    ...Array.from({ length: packages }, (_, at) => file(`${folderOf(at)}/package.json`, manifest(at))),
    ...Array.from({ length: packages * 10 }, (_, nth) =>
      file(`${folderOf(nth % packages)}/src/f${Math.floor(nth / packages)}.ts`, `export const x = ${nth};\n`),
    ),
  ].join("");
  const importing = spawn("git", ["fast-import", "--quiet"], { cwd: folder, stdio: ["pipe", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve, reject) => {
    importing.once("error", reject);
    importing.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`)),
    );
  });
  for (let nth = 0; nth < commits; nth += 1) {
    const changes =
      nth === 0 ? first : file(`${folderOf((nth * 31) % packages)}/src/f0.ts`, `export const x = ${nth};\n`);
    const message = `commit ${nth}`;
    const text = `commit refs/heads/develop\ncommitter T <t@example.org> ${1_700_000_000 + nth} +0000\ndata ${message.length}\n${message}\n${changes}\n`;
    if (!importing.stdin.write(text)) await new Promise<void>((resolve) => importing.stdin.once("drain", resolve));
  }
  importing.stdin.end();
  await ended;
  await git(folder, ["reset", "--quiet", "--hard"]);
  return { head: await git(folder, ["rev-parse", "HEAD"]), before: await git(folder, ["rev-parse", "HEAD~1"]) };
}

function git(cwd: string, args: readonly string[]): Promise<string> {
  const child = spawn("git", [...args], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(said.trim()) : reject(new Error(`git ${args[0]} ended with ${code}`)),
    );
  });
}
