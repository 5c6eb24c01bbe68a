import { socketPath } from "../io/socket-path.ts";

/** Where the agent of a state folder is spoken to. */
export const agentSocket = (stateFolder: string): string => socketPath(stateFolder, "agent.sock");
