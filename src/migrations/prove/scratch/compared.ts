import type { Catalog } from "../../catalog/catalog.ts";
import { compareCatalogs, type Difference } from "../../catalog/compare-catalogs.ts";
import { readCatalog } from "../../catalog/read-catalog.ts";
import type { Ground, ProofCx } from "../ground.ts";
import { databaseStatements, ownershipStatements } from "./privileges.ts";
import { withAdmin } from "./scratch-server.ts";
import type { NoTemplate } from "./template.ts";

/** A database with the environment's schema. */
export type Made = Readonly<{ database: string; catalog: Catalog; notes: readonly string[] }>;

/** The schema's rights are made the environment's, then nothing may be left that the services could notice. */
export async function compared(
  made: Readonly<{ ground: Ground; cx: ProofCx; database: string; how: string }>,
): Promise<Made | NoTemplate> {
  const { ground, cx, database, how } = made;
  return withAdmin(cx.server, database, async (client) => {
    const roles = Object.keys(ground.catalog.roles);
    const first = await readCatalog(client, roles);
    const statements = [
      ...ownershipStatements(ground.catalog, first),
      ...databaseStatements(database, first.database, ground.catalog.database),
    ];
    for (const statement of statements)
      await client.query(statement).catch((error: Error) => cx.log(`${statement}: ${error.message}`));
    const catalog = await readCatalog(client, roles);
    const differences = compareCatalogs(ground.catalog, catalog).filter(({ order }) => !order);
    const { matter, rest } = weigh(differences, catalog);
    if (matter.length > 0) {
      return {
        why: `the schema ${how} is not the environment's`,
        differences: matter.map(({ text }) => text),
      };
    }
    const notes = [how];
    if (rest.length > 0)
      notes.push(`${rest.length} differences in schemas that no migration made, such as: ${rest[0]?.text ?? ""}`);
    return { database, catalog, notes };
  });
}

/** Where other tools that ran here before keep what they applied: no service reads it. */
const OTHER_TOOLS =
  /\.(schema_migrations?|knex_migrations(_lock)?|pgmigrations|_prisma_migrations|__drizzle_migrations|flyway_schema_history|goose_db_version|migrations)(_|\b)/;

/** Schemas that nothing here was made in belong to others: what is in them is said, and no reason to doubt. */
function weigh(
  differences: readonly Difference[],
  built: Catalog,
): Readonly<{ matter: readonly Difference[]; rest: readonly Difference[] }> {
  const own = new Set(
    [built.tables, built.views, built.functions, built.enums, built.domains, built.sequences]
      .flatMap((kind) => Object.keys(kind))
      .map((name) => /^("(?:[^"]|"")*"|[^".]+)\./.exec(name)?.[1] ?? ""),
  );
  const matters = ({ kind, schema, name }: Difference): boolean =>
    !OTHER_TOOLS.test(name) &&
    kind !== "role" &&
    kind !== "extension" &&
    (schema === null ? kind === "default privileges" : own.has(schema));
  return { matter: differences.filter(matters), rest: differences.filter((difference) => !matters(difference)) };
}
