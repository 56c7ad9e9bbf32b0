/** Where commands run: processes, containers, SLURM, Kubernetes, AWS Batch, behind one interface; and how an engine's tasks get there. */
export { attemptFolder, prepareAttempt, readExit, shellWord, wrapperText } from "./attempt-folder.ts";
export { type BatchSettings, batchExecutor } from "./batch-executor.ts";
export {
  type ExecutorConfig,
  type ExecutorSurroundings,
  type ExecutorsConfig,
  executorsFile,
  makeExecutor,
  readExecutors,
  taskServers,
} from "./config.ts";
export { type ContainerSettings, containerCommand, containerExecutor } from "./container-executor.ts";
export * from "./errors.ts";
export type {
  AttemptRef,
  AttemptState,
  Capabilities,
  Cut,
  Executor,
  Exit,
  Resources,
  TaskInput,
  TaskOutput,
  TaskSpec,
} from "./executor.ts";
export { type KubernetesSettings, kubernetesExecutor } from "./kubernetes-executor.ts";
export { machineName } from "./machine.ts";
export { type OutputFile, type OutputPointer, publishOutputs } from "./outputs.ts";
export { processExecutor } from "./process-executor.ts";
export { type ExecutorServing, serveByExecutor } from "./serve-executor.ts";
export { type SlurmSettings, slurmExecutor } from "./slurm-executor.ts";
export { readResources, readTaskParameters, type TaskParameters, taskSpecOf } from "./task-spec.ts";
