import { z } from "zod";
import type { Asked, Question } from "./status.ts";

const build = z.looseObject({ building: z.boolean(), result: z.string().nullable() });

/** Jenkins keeps no word on a commit: its own build is asked, which has no result while all before this step went well. */
export const jenkinsAsks = ({ run }: Question): readonly Asked[] => [
  {
    path: "/api/json?tree=building,result",
    read: (answer) => {
      const { success, data } = build.safeParse(answer);
      if (!success) return null;
      const isGreen = data.result === "SUCCESS" || (data.building && data.result === null);
      return {
        statuses: [{ name: `build ${run ?? ""}`.trim(), state: isGreen ? "green" : "red", page: null }],
        more: false,
      };
    },
  },
];
