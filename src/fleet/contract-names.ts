/** Where a service's contract is looked for in its folder. */
export const CONTRACTS: readonly string[] = ["", "docs/", "api/", "spec/"].flatMap((folder) =>
  ["openapi.yaml", "openapi.yml", "openapi.json"].map((name) => folder + name),
);
