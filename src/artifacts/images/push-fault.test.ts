import { expect, it } from "vitest";
import { pushFault } from "./push-fault.ts";

const REGISTRY = "127.0.0.1:5000";
/** Layers are called by what may look like a status. */
const BEFORE =
  "The push refers to repository [127.0.0.1:5000/shop/blog]\n507f502a5006: Preparing\n98cc24f6c502: Waiting\n";

it.each<[string, string, string, string]>([
  [
    "fails",
    "98cc24f6cdf3: Retrying in 1 second\nreceived unexpected HTTP status: 500 Internal Server Error",
    "registry-failed",
    "failed",
  ],
  ["is overloaded", "received unexpected HTTP status: 503 Service Unavailable", "registry-failed", "failed"],
  ["is full", "received unexpected HTTP status: 507 Insufficient Storage", "registry-full", "is full"],
  [
    "asks who it is",
    "unauthorized: authentication required",
    "registry-denied",
    "refuses: log in with `docker login 127.0.0.1:5000`",
  ],
  [
    "forbids it",
    "denied: requested access to the resource is denied",
    "registry-denied",
    "refuses: log in with `docker login 127.0.0.1:5000`",
  ],
  ["is not there", "dial tcp 127.0.0.1:5000: connect: connection refused", "registry-down", "cannot be reached"],
  [
    "cuts the upload",
    'failed to do request: Patch "http://127.0.0.1:5000/v2/shop/blog/blobs/uploads/1": EOF',
    "registry-broken",
    "broke the connection",
  ],
  [
    "hangs up",
    "write tcp 127.0.0.1:4711->127.0.0.1:5000: write: broken pipe",
    "registry-broken",
    "broke the connection",
  ],
  ["says something new", "manifest invalid: manifest invalid", "push-failed", "did not take it"],
])("a registry that %s is named, with the service and the step", (_, said, code, what) => {
  const fault = pushFault({ registry: REGISTRY, service: "blog" }, { exitCode: 1, failure: null, said: BEFORE + said });
  expect(fault).toMatchObject({ code, message: `blog: pushing its image: the registry ${REGISTRY} ${what}` });
  expect(fault.evidence).toContain(said.split("\n").at(-1));
});

it("a registry that takes the upload and never ends is told from an engine that does not answer", () => {
  const ran = { exitCode: null, failure: "timeout", said: BEFORE };
  expect(pushFault({ registry: REGISTRY, service: "blog" }, ran)).toMatchObject({
    code: "registry-slow",
    message: `blog: pushing its image: the registry ${REGISTRY} does not take it in time`,
  });
});

it.each<[string, string, string | null, string]>([
  [
    "is gone",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    null,
    "engine-gone",
  ],
  ["has no command", "", "not-found", "docker-missing"],
])("an engine that %s is no registry's fault", (_, said, failure, code) => {
  const fault = pushFault({ registry: REGISTRY, service: "blog" }, { exitCode: 1, failure, said });
  expect(fault).toMatchObject({ code, message: expect.stringMatching(/^blog: pushing its image: /) });
});
