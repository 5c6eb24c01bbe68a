import { posix } from "node:path";

/** What client generators are told by: packages' scripts and their own settings. */
const SETTINGS =
  /(?:^|\/)(?:package\.json|Makefile|openapitools\.json|[^/]*(?:orval|openapi|codegen|kubb|hey-api|swagger)[^/]*\.(?:[cm]?[jt]s|json|ya?ml)|\.openapi-generator\/[^/]*)$/i;

/** `tests` and what was installed tell nothing of what runs. */
const ELSEWHERE = /(?:^|\/)(?:node_modules|dist|build)\//;

const PATHS = /[\w@.~/-]+\.(?:ya?ml|json)\b/g;

export type TextFile = Readonly<{ path: string; text: string }>;

/** Somewhere a client of a contract is generated. */
export type Client = Readonly<{ contract: string; file: string; line: number }>;

export const isGeneratorSetting = (path: string): boolean => SETTINGS.test(path) && !ELSEWHERE.test(path);

/** The places in these files that name one of the contracts: relative to themselves, or to the root. */
export function clientsIn(files: readonly TextFile[], contracts: ReadonlySet<string>): readonly Client[] {
  return files
    .filter(({ path }) => isGeneratorSetting(path) && !contracts.has(path))
    .flatMap(({ path, text }) => {
      const found: Client[] = [];
      for (const [index, words] of text.split("\n").entries()) {
        for (const [named] of words.matchAll(PATHS)) {
          const meant = [posix.normalize(posix.join(posix.dirname(path), named)), posix.normalize(named)];
          const contract = meant.find((one) => contracts.has(one));
          if (contract !== undefined) found.push({ contract, file: path, line: index + 1 });
        }
      }
      return found;
    });
}
