import type { Fleet } from "../../fleet/fleet.ts";
import type { Problem } from "../../problem.ts";
import { parseDotenv } from "../../variables/dotenv.ts";
import { looksSecret } from "../../variables/secrecy.ts";
import { type Found, judged } from "../check.ts";
import type { SourceFile } from "../sources.ts";

const DOTENV = /(^|\/)\.env(\.[^/]*)?$/;
const HARMLESS = /\.env\.(?:.*\.)?(?:example|sample|template|dist|schema|defaults|vault|age)$/;

/** `.env` and its kin, and the environments' own plain files. */
export function isDotenv(fleet: Fleet, path: string): boolean {
  return DOTENV.test(path) || patternsOf(fleet).some((pattern) => pattern.test(path));
}

const patternsOf = (fleet: Fleet): readonly RegExp[] =>
  Object.values(fleet.environments)
    .flatMap(({ variables }) => variables)
    .filter((file) => !file.endsWith(".age"))
    .map((file) => {
      const parts = file.replace(/^\.\//, "").split("{service}");
      return new RegExp(`^${parts.map(escaped).join("[^/]+")}$`);
    });

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** No file of variables with secrets in plain text is committed. */
export function checkTrackedDotenv(of: Readonly<{ fleet: Fleet; files: readonly SourceFile[] }>): Found {
  const files = of.files.filter(({ path }) => isDotenv(of.fleet, path) && !HARMLESS.test(path));
  const problems = files.flatMap((file): readonly Problem[] => {
    const { entries } = parseDotenv({ file: file.path, text: file.text });
    const secrets = entries.filter(({ name, value }) => value !== "" && looksSecret(name, value));
    if (secrets.length > 0) {
      return secrets.map(({ name, line, column }) => ({
        code: "committed-secret",
        file: file.path,
        line,
        column,
        message: `${name} is committed in plain text in ${file.path}`,
        hint: `Change the secret, put it into an age-encrypted file, git rm --cached ${file.path} and ignore it`,
      }));
    }
    if (!DOTENV.test(file.path) || /\.env\.(test|ci)$/.test(file.path)) return [];
    const message = `${file.path} is committed: what is written into it next may be a secret`;
    const hint = `git rm --cached ${file.path}, and add it to .gitignore`;
    return [{ code: "committed-dotenv", file: file.path, line: null, column: null, message, hint }];
  });
  return judged(`${files.length} committed files of variables looked at`, problems);
}
