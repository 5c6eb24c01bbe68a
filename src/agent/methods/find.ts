import { z } from "zod";
import { method } from "../method.ts";
import { name } from "../params.ts";
import { scopeSchema } from "../protocol.ts";
import { observedInstance } from "./observed-instance.ts";

/** Instances brought under an operation id, whatever became of them. */
export const find = method({
  params: z.strictObject({ scope: scopeSchema, operationId: name }),
  run: (agent, { scope, operationId }) =>
    agent.instances.ofOperation(scope, operationId).map((record) => observedInstance(agent, record)),
});
