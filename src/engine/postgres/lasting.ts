import type { OperationNode } from "kysely";
import {
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  ReturningNode,
  type RootOperationNode,
  SelectionNode,
  sql,
} from "kysely";

const DURABLE = sql`set_config('synchronous_commit', 'on', true)`.as("durable").toOperationNode();

/**
 * What is acknowledged is on the server's disk, whatever its default: each statement that changes a row asks for it, for its own transaction, in the same
 * round trip. A setting of the session would be lost, or left to others, behind a pooler.
 */
export const lasting: KyselyPlugin = {
  transformQuery: ({ node }: PluginTransformQueryArgs): RootOperationNode => {
    if (node.kind !== "InsertQueryNode" && node.kind !== "UpdateQueryNode" && node.kind !== "DeleteQueryNode")
      return node;
    const durable = SelectionNode.create(DURABLE as OperationNode as Parameters<typeof SelectionNode.create>[0]);
    const before = node.returning?.selections ?? [];
    return { ...node, returning: ReturningNode.create([...before, durable]) };
  },
  transformResult: async ({ result }) => result,
};
