import { z } from "zod";
import { StepFault } from "../../fault.ts";
import { findImage, pullImage } from "../docker/images.ts";
import { stream } from "../method.ts";
import { claimed } from "../params.ts";

/** Gets an image that the engine has not; says how far it is. One that is there costs a look. */
export const fetch = stream({
  params: z.strictObject({
    ...claimed,
    /** As an engine takes it: a name with a digest or tag, or an image's id. */
    image: z.string().min(1),
    /** As Docker's X-Registry-Auth; null: none. */
    auth: z.string().nullable(),
  }),
  items: async function* (agent, { image, auth, ...claim }, signal) {
    agent.scopes.check(claim);
    const engine = await agent.containers.engine();
    if ((await findImage(engine, image)) !== null) return;
    agent.scopes.check(claim);
    yield* pullImage(engine, { source: image, auth, signal });
    if ((await findImage(engine, image)) !== null) return;
    throw new StepFault({
      code: "image-missing",
      message: `The registry gave ${image}, and the engine has no such image`,
    });
  },
});
