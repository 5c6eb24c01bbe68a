/** One line that works for each command, for its help and for the reference. */
const EXAMPLES: Readonly<Record<string, string>> = {
  init: "sampan init",
  doctor: "sampan doctor staging",
  check: "sampan check staging",
  build: "sampan build blog",
  plan: "sampan plan staging --out plan.json",
  deploy: "sampan deploy staging",
  promote: "sampan promote staging production",
  status: "sampan status production",
  logs: "sampan logs staging blog -f",
  resume: "sampan resume staging",
  rollback: "sampan rollback production --to 20261123-141702-3f9a",
  history: "sampan history production",
  report: "sampan report production --days 90",
  approve: "sampan approve 20261123-141702-3f9a --item announced --by ann --evidence https://chat.example/42",
  images: "sampan images prune staging",
  migrations: "sampan migrations check",
  "migrations check": "sampan migrations check blog",
  "migrations status": "sampan migrations status production",
  "migrations adopt": "sampan migrations adopt production blog",
  "migrations prove": "sampan migrations prove staging blog",
  variables: "sampan variables staging blog",
  contracts: "sampan contracts check",
  "contracts check": "sampan contracts check --from origin/main",
  ci: "sampan ci --evidence sampan-evidence",
  agent: "sampan agent status",
  demo: "sampan demo --keep",
};

/** `usage` may carry arguments after the name. */
export const exampleOf = (usage: string): string => EXAMPLES[usage.replace(/ [<[].*$/, "")] ?? "sampan --help";
