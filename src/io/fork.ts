/** A Node program with a channel for messages to it. */
export { fork } from "node:child_process";
