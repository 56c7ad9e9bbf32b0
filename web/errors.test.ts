import { expect, test } from "vitest";
import { address, errorFrom, parts } from "./api/client.ts";
import { asPageError, ImageLoadError, NotJsonError, PageError, UnreachableError } from "./errors.ts";

test("every error tells a code, a message and what to do", () => {
  for (const error of [
    new UnreachableError("/api/v1/home"),
    new NotJsonError("/api/v1/home", 200),
    new ImageLoadError("/i.png"),
    asPageError(new TypeError("x is undefined")),
  ]) {
    expect(error).toBeInstanceOf(PageError);
    expect(error.code).toMatch(/^web\/[a-z-]+$/);
    expect(error.message.length).toBeGreaterThan(3);
    expect(error.hint).toBeTruthy();
  }
});

test("the server's own code, message and hint are kept", () => {
  const error = errorFrom(
    { code: "server/unknown-run", message: "There is no run R9.", hint: "List runs." },
    "/api/v1/runs/R9",
    404,
  );
  expect([error.code, error.message, error.hint, error.status]).toEqual([
    "server/unknown-run",
    "There is no run R9.",
    "List runs.",
    404,
  ]);
});

test("an error body of another shape is named as unexplained, with its status", () => {
  expect(errorFrom("<html>", "/api/v1/x", 502).code).toBe("web/unexplained-answer");
  expect(errorFrom({ code: 7 }, "/api/v1/x", 502).message).toContain("502");
});

test("what is a page's error already stays itself", () => {
  const error = new UnreachableError("/x");
  expect(asPageError(error)).toBe(error);
});

test("addresses encode their parts and leave empty parameters out", () => {
  expect(address(parts("perturbations", "compound:C 4"), { q: "", limit: 5, after: undefined })).toBe(
    "/api/v1/perturbations/compound:C%204?limit=5",
  );
});
