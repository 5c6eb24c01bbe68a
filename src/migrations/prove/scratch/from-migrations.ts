import { StepFault } from "../../../fault.ts";
import type { PlannedMigration } from "../../../plan/plan.ts";
import { readCatalog } from "../../catalog/read-catalog.ts";
import { readMigrations } from "../../read-migrations.ts";
import { isLost } from "../fault-words.ts";
import type { Ground, ProofCx, Recorded, Tool } from "../ground.ts";
import { runUp } from "../run-up.ts";
import { compared, type Made } from "./compared.ts";
import { freshName } from "./databases.ts";
import { databaseStatements, defaultPrivilegeStatements, ownershipStatements } from "./privileges.ts";
import { ident } from "./quote.ts";
import type { Stretch } from "./run-on.ts";
import { withAdmin } from "./scratch-server.ts";
import type { NoTemplate } from "./template.ts";

/** Every recorded migration runs again, in the order in which the environment has seen them, on an empty database. */
export async function fromMigrations(ground: Ground, cx: ProofCx): Promise<Made | NoTemplate> {
  const database = freshName(cx);
  const run: string[] = [];
  try {
    await prepareDatabase(ground, cx, database);
    for (const stretch of await inTheirOrder(ground.recorded)) {
      await runUp(stretch, { ground, database }, cx);
      run.push(stretch.service);
    }
  } catch (error) {
    cx.signal.throwIfAborted();
    // A server that went away says nothing of the migrations.
    if (isLost(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { why: `the recorded migrations do not run on an empty database: ${cx.mask(message)}`, differences: [] };
  }
  return compared({
    ground,
    cx,
    database,
    how: run.length === 0 ? "empty, as there" : "built from the recorded migrations",
  });
}

async function prepareDatabase(ground: Ground, cx: ProofCx, database: string): Promise<void> {
  const { catalog } = ground;
  await withAdmin(cx.server, "postgres", (client) =>
    client.query(`create database ${ident(database)} template template0`),
  );
  const texts = await recordedTexts(ground.recorded);
  await withAdmin(cx.server, database, async (client) => {
    for (const statement of databaseStatements(database, catalog.database, catalog.database))
      await client.query(statement);
    for (const [name, { owner }] of Object.entries(catalog.schemas)) {
      if (makes(texts, "schema", name)) continue;
      await client.query(`create schema if not exists ${name}`);
      await client.query(`alter schema ${name} owner to ${ident(owner)}`);
    }
    if (catalog.schemas.public === undefined) await client.query("drop schema if exists public");
    for (const [name, { schema }] of Object.entries(catalog.extensions)) {
      if (makes(texts, "extension", name)) continue;
      const there = /^pg_/.test(schema) || catalog.schemas[schema] !== undefined ? ` schema ${schema}` : "";
      await client
        .query(`create extension if not exists ${name}${there}`)
        .catch((error: Error) => cx.log(error.message));
    }
    const have = await readCatalog(client);
    for (const statement of ownershipStatements(
      { ...catalog, tables: {}, views: {}, functions: {}, sequences: {} },
      have,
    ))
      await client.query(statement);
    for (const statement of defaultPrivilegeStatements(catalog.defaultAcls)) await client.query(statement);
  });
}

const makes = (texts: readonly string[], what: string, name: string): boolean => {
  const plain = name.replaceAll('"', "").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`create\\s+${what}\\s+(if\\s+not\\s+exists\\s+)?"?${plain}"?(\\s|;|$)`, "i");
  return texts.some((text) => pattern.test(text));
};

async function recordedTexts(recorded: readonly Recorded[]): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { applied, folders, format = null } of recorded) {
    for (const folder of folders) {
      const { migrations } = await readMigrations(folder, { statements: false, format });
      texts.push(...migrations.filter(({ name }) => applied.some((one) => one.name === name)).map(({ up }) => up.text));
    }
  }
  return texts;
}

type Step = Stretch & Readonly<{ tool: Tool | null }>;
type Applied = Recorded["applied"][number];

/** As it is recorded of a service's own tool. */
const isCommand = ({ name }: Applied): boolean => name.startsWith("command@");

const planned = ({ at: _, release: __, ...file }: Applied): PlannedMigration => file;

const untold = (message: string): StepFault => new StepFault({ code: "schema-untold", message, retry: "never" });

/** All services' migrations in the order in which the environment has seen them, each from a folder that has its very file. */
async function inTheirOrder(recorded: readonly Recorded[]): Promise<readonly Step[]> {
  const all: (Step & { at: number })[] = [];
  for (const { service, role, applied, folders, format = null, tool } of recorded) {
    const last = applied.at(-1);
    if (last !== undefined && isCommand(last)) {
      if (tool === null) throw untold(`${service}: the artifact whose own tool ran last is gone`);
      // Run once, the newest does what all before it did.
      all.push({ service, role, folder: "", files: [planned(last)], tool, at: last.at });
      continue;
    }
    const read = await Promise.all(
      folders.map(async (folder) => ({ folder, ...(await readMigrations(folder, { statements: false, format })) })),
    );
    for (const one of applied) {
      const { name, sha256, at } = one;
      if (isCommand(one)) throw untold(`${service}: its own tool ran here before its files did`);
      const found = read.find(({ migrations }) => migrations.some((one) => one.name === name && one.sha256 === sha256));
      if (found === undefined) throw untold(`${service}: the file of ${name} is in no artifact that ran there`);
      all.push({ service, role, folder: found.folder, format, files: [planned(one)], tool: null, at });
    }
  }
  all.sort((a, b) => a.at - b.at);
  // One session for what came one after the other from one folder.
  const stretches: Step[] = [];
  for (const { at: _, ...one } of all) {
    const last = stretches.at(-1);
    if (last?.service === one.service && last.folder === one.folder && last.tool === null)
      stretches[stretches.length - 1] = { ...last, files: [...last.files, ...one.files] };
    else stretches.push(one);
  }
  return stretches;
}
