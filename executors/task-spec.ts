import type { Lease } from "@artesian/engine";
import { atPath, scalarText, type Value } from "@artesian/engine/template.ts";
import { z } from "zod";
import { ResourceError, TaskParametersError } from "./errors.ts";
import type { Capabilities, Resources, TaskInput, TaskSpec } from "./executor.ts";

const below = (text: string): boolean => !text.startsWith("/") && !text.split("/").includes("..") && text !== "";
const inFolder = z.string().refine(below, 'expected a name below the working folder, such as "image.tif"');
const parameters = z.strictObject({
  image: z.string().min(1).optional(),
  command: z.string().min(1),
  argv: z.array(z.string()).default([]),
  inputs: z
    .array(
      z.strictObject({
        each: z.string().optional(),
        uri: z.string().min(1),
        sha256: z.string().optional(),
        as: inFolder,
      }),
    )
    .default([]),
  outputs: z.array(z.strictObject({ glob: inFolder, uri: z.string().min(1).optional() })).default([]),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  preemptible: z.boolean().default(false),
  code: z.array(z.string().min(1)).default([]),
});
const resources = z.strictObject({
  cpu: z.number().positive().optional(),
  memoryMb: z.number().positive().optional(),
  gpu: z.int().positive().optional(),
  timeS: z.number().positive().optional(),
  diskMb: z.number().positive().optional(),
});

/** A task's command as its node's `parameters` describe it, with places `{field}` still open. */
export type TaskParameters = z.infer<typeof parameters>;

/**
 * Reads the `parameters` of a task that an executor runs.
 * @throws TaskParametersError (executors/task-parameters) with the path of the first problem
 */
export function readTaskParameters(task: string, value: unknown): TaskParameters {
  return checked(task, parameters, value, "parameters");
}

/** Reads a node's `resources`. @throws TaskParametersError (executors/task-parameters) */
export function readResources(task: string, value: unknown): Resources {
  const { cpu, memoryMb, gpu, timeS, diskMb } = checked(task, resources, value ?? {}, "resources");
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(timeS === undefined ? {} : { timeS }),
    ...(diskMb === undefined ? {} : { diskMb }),
  };
}

function checked<T>(task: string, schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new TaskParametersError(task, issue?.path.join(".") || what, issue?.message ?? "is not understood");
}

/**
 * The attempt that a lease stands for: places such as `{plate}` in command, arguments, inputs, outputs and variables are filled from the
 * task's input; an input with `each` stands for every element of that array.
 * @param given attempt id, and where outputs go that name no place
 * @throws TaskParametersError (executors/task-parameters)
 */
export function taskSpecOf(lease: Lease, given: { attemptId: string; outputs: string }): TaskSpec {
  const { task, input } = lease;
  const read = readTaskParameters(task, lease.parameters);
  const fill = (path: string, text: string, value: Value): string =>
    text.replaceAll(/\{\{|\}\}|\{([\w.-]+)\}/g, (place, name?: string) => {
      if (name === undefined) return place.slice(1);
      const filled = scalarText(atPath(value, name));
      if (filled !== undefined) return filled;
      const problem = `the record has no text or number for ${place}; a brace itself is written twice`;
      throw new TaskParametersError(task, path, problem);
    });
  const inputs = read.inputs.flatMap((one, index): TaskInput[] => {
    const path = `inputs.${index}`;
    const elements = one.each === undefined ? [input] : atPath(input, one.each);
    if (!Array.isArray(elements))
      throw new TaskParametersError(task, `${path}.each`, `"${one.each}" is no array of the record`);
    return elements.map((element: unknown) => {
      const value = { ...input, ...(element as Value) };
      const as = fill(`${path}.as`, one.as, value);
      if (!below(as)) throw new TaskParametersError(task, `${path}.as`, `"${as}" lies outside of the working folder`);
      const sha256 = one.sha256 === undefined ? {} : { sha256: fill(`${path}.sha256`, one.sha256, value) };
      return { uri: fill(`${path}.uri`, one.uri, value), as, ...sha256 };
    });
  });
  const twice = inputs.find(({ as }, index) => inputs.findIndex((one) => one.as === as) !== index);
  if (twice !== undefined) throw new TaskParametersError(task, "inputs", `two files would be "${twice.as}"`);
  return {
    attemptId: given.attemptId,
    taskId: lease.taskId,
    ...(read.image === undefined ? {} : { image: read.image }),
    command: fill("command", read.command, input),
    argv: read.argv.map((text, index) => fill(`argv.${index}`, text, input)),
    inputs,
    outputs: read.outputs.map(({ glob, uri }, index) => ({
      glob: fill(`outputs.${index}.glob`, glob, input),
      uri: uri === undefined ? given.outputs : fill(`outputs.${index}.uri`, uri, input),
    })),
    resources: readResources(task, lease.resources),
    env: {
      ...Object.fromEntries(Object.entries(read.env).map(([name, text]) => [name, fill(`env.${name}`, text, input)])),
      ARTESIAN_TASK: lease.taskId,
      ARTESIAN_ATTEMPT: String(lease.attempt),
    },
    priority: lease.priority,
    preemptible: read.preemptible,
  };
}

/** @throws ResourceError (executors/resources) for an image or a resource that the executor does not have */
export function checkCapabilities(
  spec: Pick<TaskSpec, "image" | "resources">,
  kind: string,
  capabilities: Capabilities,
): void {
  if (capabilities.images === "never" && spec.image !== undefined)
    throw new ResourceError(kind, `image ${spec.image}`, "no containers");
  if (capabilities.images === "always" && spec.image === undefined)
    throw new ResourceError(kind, "no image", "only tasks that name one");
  for (const name of Object.keys(spec.resources) as (keyof Resources)[])
    if (!capabilities.resources.includes(name))
      throw new ResourceError(kind, name, capabilities.resources.join(", ") || "none");
}
