import { posix } from "node:path";
import { readTree } from "../artifacts/git/tree.ts";
import { folderOf } from "../artifacts/source/source.ts";
import { runPackageScript } from "../artifacts/worktree/run-script.ts";
import type { Worktree } from "../artifacts/worktree/worktree.ts";
import { callersOf } from "../contracts/callers/callers.ts";
import { type Client, clientsIn, isGeneratorSetting } from "../contracts/callers/clients.ts";
import type { Service } from "../fleet/fleet.ts";
import { isoTime } from "../io/iso-time.ts";
import type { Mask } from "../variables/mask.ts";
import { readExample } from "../variables/read-example.ts";
import { checkBranch } from "./branch.ts";
import { type CheckKind, type Found, failed, judged } from "./check.ts";
import { checkOnce } from "./check-once.ts";
import type { CheckedService, ChecksOrder, Job } from "./checks-order.ts";
import { type CodeReader, createCodeReader } from "./code/code-reader.ts";
import { checkDeclared, checkDeclaredOnce, isServiceCode } from "./declared.ts";
import { checkIsolation } from "./isolation.ts";
import { checkLeaks, createValueFinder, type KnownSecret, type ValueFinder } from "./leaks/leaks.ts";
import { checkTrackedDotenv, isDotenv } from "./leaks/tracked-dotenv.ts";
import { checkRules } from "./rules.ts";
import { checkTests } from "./script.ts";
import { inFolders, readSources, type SourceFile } from "./sources.ts";
import { checkVariablesSet } from "./variables-set.ts";
import { checkWorkingTree } from "./working-tree.ts";

type JobsOrder = ChecksOrder &
  Readonly<{
    secrets: readonly KnownSecret[];
    mask: Mask;
    wanted: (kind: CheckKind) => boolean;
    worktree: () => Promise<Worktree>;
  }>;

/** All checks of an order but the builds: first those of the whole, then each service's. */
export async function jobsOf(order: JobsOrder): Promise<readonly Job[]> {
  const { fleet, repository, signal, containers } = order;
  const environment = fleet.environments[order.environment];
  if (environment === undefined) throw new Error(`${order.environment} is no environment of this fleet`);
  const at = { folder: fleet.root, signal };
  const { services } = order;
  const folders = services.flatMap(({ name, folders: made }) => [...made, folderOf(serviceOf(order, name))]);
  const looksAtCode = order.wanted("declared") || order.wanted("leaks");
  const tree = looksAtCode ? await readTree(at, { commit: repository.head, prefix: repository.prefix }) : new Map();
  const sources = await readSources(at, { tree, wanted: (path) => inFolders(path, folders) || isDotenv(fleet, path) });
  const common: readonly Job[] = [
    light("rules", null, () => checkRules(environment, order.asking)),
    ...(environment.requires.includes("ci") ? [light("ci", null, order.green)] : []),
    light("working-tree", null, () => checkWorkingTree(repository)),
    light("branch", null, () => checkBranch(environment, repository)),
    light("isolation", null, () =>
      checkIsolation({
        fleet,
        environment: environment.name,
        services: services.map(({ name }) => name),
        read: order.read,
        project: order.project,
        resolve: order.resolve,
      }),
    ),
    ...(containers === undefined
      ? []
      : [light("containers", null, async () => judged("read as Compose resolves it", await containers()))]),
    light("leaks", null, () => checkTrackedDotenv({ fleet, files: sources.files })),
  ];
  const clients = generatedClients(order);
  let reader: Promise<CodeReader> | null = null;
  const values = createValueFinder(order.secrets);
  const own = services.flatMap((checked) => {
    const made = [...checked.folders, folderOf(serviceOf(order, checked.name))];
    const files = sources.files.filter(({ path }) => inFolders(path, made));
    return serviceJobs({
      ...order,
      checked,
      service: serviceOf(order, checked.name),
      files,
      left: sources.left,
      values,
      clients,
      reader: () => {
        reader ??= createCodeReader();
        return reader;
      },
    });
  });
  return [...common, ...own].filter((job) => order.wanted(job.kind));
}

function serviceOf(order: ChecksOrder, name: string): Service {
  const service = order.fleet.services[name];
  if (service === undefined) throw new Error(`${name} is no service of this fleet`);
  return service;
}

type ServiceJobs = JobsOrder &
  Readonly<{
    checked: CheckedService;
    service: Service;
    files: readonly SourceFile[];
    left: number;
    values: ValueFinder;
    clients: () => Promise<readonly Client[]>;
    reader: () => Promise<CodeReader>;
  }>;

function serviceJobs(order: ServiceJobs): readonly Job[] {
  const { service, files, cache, signal, mask } = order;
  const { name, artifact } = order.checked;
  const environment = order.fleet.environments[order.environment];
  const jobs: Job[] = [
    light("variables", name, async () => {
      const read = await order.read(order.environment, name);
      return environment === undefined
        ? failed("no such environment", [])
        : checkVariablesSet({ environment, service, read });
    }),
    light("declared", name, async () => {
      const { declared } = await readExample({ root: order.fleet.root, service });
      const code = files.filter(({ path }) => isServiceCode(path));
      const look = async () => checkDeclared({ service, declared, files: code, readsIn: await order.reader() });
      return checkDeclaredOnce({ service, artifact, declared, cache, look });
    }),
    light("leaks", name, () =>
      checkLeaks({ service: name, artifact, files, left: order.left, values: order.values, cache, signal }),
    ),
  ];
  if (environment !== undefined && environment.contracts !== "none" && mayHaveContract(order))
    jobs.push(light("contract", name, () => contractOf(order)));
  if (order.openWorktree === null) return jobs;
  const run = async (tested: Service) =>
    runPackageScript({ worktree: await order.worktree(), service: tested, script: "test", signal });
  return [
    ...jobs,
    { kind: "test", service: name, heavy: true, run: () => checkTests({ service, artifact, cache, run, mask }) },
  ];
}

const light = (
  kind: CheckKind,
  service: string | null,
  run: () => ReturnType<Job["run"]> | Awaited<ReturnType<Job["run"]>>,
): Job => ({
  kind,
  service,
  heavy: false,
  run: async () => run(),
});

/** Where clients are generated from the fleet's contracts, found once for all services and only when a contract is looked at. */
function generatedClients(order: JobsOrder): () => Promise<readonly Client[]> {
  let found: Promise<readonly Client[]> | null = null;
  const { repository } = order;
  const at = { folder: order.fleet.root, signal: order.signal };
  const find = async (): Promise<readonly Client[]> => {
    const contracts = Object.values(order.fleet.services).flatMap((service) => contractFile(service) ?? []);
    const tree = await readTree(at, { commit: repository.head, prefix: repository.prefix });
    return clientsIn((await readSources(at, { tree, wanted: isGeneratorSetting })).files, new Set(contracts));
  };
  return () => {
    found ??= find();
    return found;
  };
}

const contractFile = (service: Service): string | null =>
  service.contract.kind === "none" ? null : posix.join(folderOf(service), service.contract.file);

/** One that had a contract where it runs may have lost it. */
const mayHaveContract = ({ service, running }: ServiceJobs): boolean =>
  service.contract.kind === "file" || (!service.contract.declared && running.has(service.name));

/** The rules are loaded only where a service has, or had, a contract that was not compared before. */
async function contractOf(order: ServiceJobs): Promise<Found & Readonly<{ known: boolean }>> {
  const { service, running, fleet, repository, signal } = order;
  const { head, prefix } = repository;
  const today = isoTime(order.clock.now()).slice(0, 10);
  const releasing = order.services.map(({ name }) => name);
  const compare = async (): Promise<Found> => {
    const { checkContract } = await import("./contract.ts");
    const callers = callersOf({
      fleet,
      service: service.name,
      contract: contractFile(service) ?? "",
      clients: service.contract.kind === "none" ? [] : await order.clients(),
      folders: (name) => [...order.foldersOf(name), folderOf(serviceOf(order, name))],
    });
    return checkContract({
      service,
      environment: order.environment,
      at: { folder: fleet.root, signal },
      ...{ prefix, head, today },
      running: running.get(service.name) ?? null,
      callers: callers.filter((caller) => running.has(caller.service)),
      releasing: new Set(releasing),
    });
  };
  // A contract may refer to any file of its commit, and is judged with all that call it.
  const services = Object.values(fleet.services).map(({ name, path, needs, contract }) => [
    name,
    path,
    needs,
    contract,
  ]);
  const of = [service.name, order.environment, head, prefix, [...running], releasing, today, services];
  return checkOnce({ key: `contract-1 ${JSON.stringify(of)}`, cache: order.cache, look: compare });
}
