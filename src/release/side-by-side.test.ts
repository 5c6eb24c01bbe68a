import { expect, test } from "vitest";
import { problem, Refused } from "../problem.ts";
import { sideBySide } from "./side-by-side.ts";

const later = async (error: Error): Promise<never> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  throw error;
};
const refusal = (code: string, exit: 2 | 3 = 2) => new Refused([problem(code, code)], exit);
const codesOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Refused ? error.problems.map(({ code }) => code) : error),
  );

test("gives what each gives", async () => {
  expect(await sideBySide([1, Promise.resolve("two")])).toEqual([1, "two"]);
});

test("throws the first of the list, though another failed sooner", async () => {
  const [slow, quick] = [new Error("slow"), new Error("quick")];
  expect(await codesOf(sideBySide([later(slow), Promise.reject(quick)]))).toBe(slow);
});

test("tells the problems of all that refused in the same way, and each once", async () => {
  const shared = refusal("shared");
  expect(await codesOf(sideBySide([later(shared), Promise.reject(shared), later(refusal("own"))]))).toEqual([
    "shared",
    "own",
  ]);
  expect(await codesOf(sideBySide([later(refusal("input")), later(refusal("check", 3))]))).toEqual(["input"]);
});
