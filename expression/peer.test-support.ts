import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SmallMatrix } from "./generated-matrix.test-support.ts";
import type { Answer } from "./parity.test-support.ts";

export interface PeerAnswers {
  tool: string;
  versions: Record<string, string>;
  answers: Record<string, Answer>;
}

/** The Python that bench/peers/setup made, when scanpy is in it. */
export function peerPython(): string | undefined {
  const folder = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
  const python = join(folder, "bin/python");
  if (!existsSync(python)) return undefined;
  try {
    execFileSync(python, ["-c", "import importlib.util as u, sys; sys.exit(u.find_spec('scanpy') is None)"]);
    return python;
  } catch {
    return undefined;
  }
}

/** What scanpy says of the matrices. */
export function askPeer(python: string, matrices: readonly SmallMatrix[]): PeerAnswers {
  const program = fileURLToPath(new URL("../bench/peers/expression/small_matrices.py", import.meta.url));
  const output = execFileSync(python, [program], { input: JSON.stringify(matrices), maxBuffer: 2 ** 28 });
  return JSON.parse(output.toString());
}
