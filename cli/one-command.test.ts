import { expect, it } from "vitest";
import { programOfOne } from "./one-command.ts";
import { createProgram } from "./program.ts";

const nothing = (): void => {};
const context = {
  output: { json: nothing, data: nothing, say: nothing, progress: nothing, settle: nothing },
  exit: nothing,
};
const whole = createProgram(context.output, context.exit);

it.each(["profile", "dag", "doctor", "stats"])("knows %s alone as the whole program knows it", async (name) => {
  const found = (await programOfOne([name, "--help"], context))?.commands.find((command) => command.name() === name);
  const expected = whole.commands.find((command) => command.name() === name);
  expect(found?.helpInformation()).toBe(expected?.helpInformation());
  expect(found?.commands.map((command) => command.helpInformation())).toEqual(
    expected?.commands.map((command) => command.helpInformation()),
  );
});

it("leaves all else to the whole program", async () => {
  for (const argv of [[], ["--help"], ["--version"], ["profle"], ["toString"], ["demo"]])
    expect(await programOfOne(argv, context)).toBeUndefined();
});
