import type { Writable } from "node:stream";

/** Where a command writes: data to stdout, words for people to stderr. */
export interface Output {
  /** One JSON document to stdout. */
  json(value: unknown): void;
  /** A line of data to stdout. */
  data(line: string): void;
  /** A line for people to stderr. */
  say(line: string): void;
  /** A line for people that replaces the previous one on a terminal, at most five times a second; plain lines otherwise. */
  progress(line: string): void;
  /** Ends a progress line. */
  settle(): void;
}

/** @param streams default: the process's own */
export function createOutput(
  streams: { stdout: Writable; stderr: Writable & { isTTY?: boolean; columns?: number } } = process,
  now: () => number = Date.now,
): Output {
  const terminal = streams.stderr.isTTY === true;
  const everyMs = terminal ? 200 : 5000;
  let open = false;
  let last = Number.NEGATIVE_INFINITY;
  let pending = "";
  const clear = (): void => {
    if (open) streams.stderr.write("\r\u001b[2K");
    open = false;
  };
  return {
    json(value) {
      clear();
      streams.stdout.write(`${JSON.stringify(value)}\n`);
    },
    data(line) {
      clear();
      streams.stdout.write(`${line}\n`);
    },
    say(line) {
      clear();
      streams.stderr.write(`${line}\n`);
    },
    progress(line) {
      pending = line;
      if (now() - last < everyMs) return;
      last = now();
      if (terminal) {
        streams.stderr.write(`\r\u001b[2K${line.slice(0, (streams.stderr.columns ?? 100) - 1)}`);
        open = true;
      } else streams.stderr.write(`${line}\n`);
    },
    settle() {
      if (terminal && open) streams.stderr.write(`\r\u001b[2K${pending}\n`);
      open = false;
      last = Number.NEGATIVE_INFINITY;
    },
  };
}

/** A duration as people say it: 42 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
