import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { sha256 } from "@artesian/data";

/**
 * A name of this machine, as far as process ids are concerned: processes of equal names see each other's. A container has one of its own.
 * @returns small letters and digits, at most 9
 */
export function machineName(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // no Linux: the host is all there is
  }
  return `m${sha256(`${hostname()}\n${namespace}`).slice(0, 8)}`;
}
