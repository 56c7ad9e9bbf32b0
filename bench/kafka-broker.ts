import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** A broker for as long as the benchmark needs one, unless ARTESIAN_KAFKA names one. */
export function brokersFor(dir: string): { brokers: string; stop: () => void } {
  const given = process.env.ARTESIAN_KAFKA;
  if (given !== undefined) return { brokers: given, stop: () => {} };
  const script = join(import.meta.dirname, "..", "scripts", "services");
  const env = { ...process.env, ARTESIAN_SERVICES_RUN: join(dir, "services") };
  const stop = (): void => void execFileSync(script, ["down", "kafka"], { env, stdio: "ignore" });
  const interrupted = (): void => process.exit(130);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  process.once("exit", stop);
  const said = execFileSync(script, ["up", "kafka", "--json"], { env }).toString();
  const { kafka } = JSON.parse(said) as { kafka: { env: { ARTESIAN_KAFKA: string } } };
  return {
    brokers: kafka.env.ARTESIAN_KAFKA,
    stop: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
      process.off("exit", stop);
      stop();
    },
  };
}
