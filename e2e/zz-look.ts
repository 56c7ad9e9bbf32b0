import { findChromium, launch } from "./browser.ts";

const [url, out, ...paths] = process.argv.slice(2);
const b = await launch(findChromium()!);
for (const [scheme, width] of (process.env.SETS ?? "light:1440").split(",").map((s) => s.split(":")) as [
  string,
  string,
][]) {
  const c = await b.newContext({
    viewport: { width: Number(width), height: Number(process.env.H ?? 900) },
    colorScheme: scheme as "light",
    reducedMotion: "reduce",
  });
  await c.addInitScript("localStorage.setItem('artesian.tour','seen')");
  for (const one of paths) {
    const [name, path] = one.split("=>") as [string, string];
    const p = await c.newPage();
    p.on("console", (m) => m.type() === "error" && console.log("console", name, m.text()));
    p.on("pageerror", (e) => console.log("exception", name, e.message));
    const t = Date.now();
    await p.goto(url + path);
    await p.locator("main h1, main [role=alert]").first().waitFor();
    for (let i = 0; i < 200 && (await p.locator(".skeleton").count()) > 0; i++) await p.waitForTimeout(50);
    const ms = Date.now() - t;
    await p.waitForTimeout(Number(process.env.WAIT ?? 1500));
    await p.screenshot({ path: `${out}/${name}-${scheme}-${width}.png`, fullPage: process.env.FULL === "1" });
    console.log(name, scheme, width, ms, "ms");
    await p.close();
  }
  await c.close();
}
await b.close();
