import { expect, it } from "vitest";
import { releaseId } from "./release-id.ts";

const AT = Date.UTC(2026, 10, 23, 14, 17, 2);

it("sorts releases by time, in one second too", () => {
  const ids = [AT, AT + 1, AT + 9, AT + 10, AT + 999, AT + 1000].map((now, nth) =>
    releaseId(now, { fraction: () => 0, hex: () => (nth % 2 === 0 ? "ff" : "00") }),
  );
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toBe("20261123-141702-000ff");
});
