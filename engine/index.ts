/** Workflows as data: compile a graph to a plan, run it in memory for tests or embedded in one process, look inside. */
export { dag } from "./builder.ts";
export type { BuiltDag, DagBuilder, Grouped, Joined, Stream, Table } from "./builder-types.ts";
export type { CloseSummary } from "./close-summary.ts";
export { type CompileOptions, compile } from "./compile.ts";
export {
  type BucketConnection,
  type BucketFile,
  type BucketOptions,
  type BucketProgress,
  connectBucket,
} from "./connect-bucket.ts";
export {
  connectFolder,
  type FolderConnection,
  type FolderFile,
  type FolderOptions,
  type FolderProgress,
} from "./connect-folder.ts";
export type { Connection, LedgerRuntime, Made } from "./connect-ledger.ts";
export {
  connectSchedule,
  type DueTime,
  type ScheduleConnection,
  type ScheduleOptions,
  type ScheduleProgress,
} from "./connect-schedule.ts";
export {
  connectTopic,
  type TopicConnection,
  type TopicOptions,
  type TopicProgress,
  type TopicSource,
} from "./connect-topic.ts";
export { type CaseResult, type DagTestOptions, runDagTest } from "./dag-test.ts";
export { type DagTest, parseDagTest } from "./dag-test-document.ts";
export { type EmbeddedOptions, openEmbedded, type Runtime } from "./embedded.ts";
export { defaultLimits, type EngineLimits } from "./engine-limits.ts";
export * from "./errors.ts";
export type { Aggregator, FunctionContext, FunctionRegistry, RecordFunction, RegisteredFunction } from "./functions.ts";
export { type CacheComponents, type TaskIdentity, taskIdentity } from "./identity.ts";
export {
  type AttemptRow,
  type DeadLetterRow,
  type EngineStats,
  Inspector,
  type NodeStats,
  type RunEvent,
  type TaskDetail,
  type TaskQuery,
  type TaskRow,
  type TaskState,
  type WhyReport,
} from "./inspect.ts";
export type { AppendRecord, AppendResult, LedgerEntry } from "./intake.ts";
export type { JsonSchema, SchemaRegistry } from "./json-schema.ts";
export { appendOnceToKafka, type OnceOptions, type OnceRecord } from "./kafka/append-once.ts";
export { type Deployment, type DeploymentOptions, joinDeployment } from "./kafka/deployment.ts";
export { type KafkaEngine, type KafkaEngineOptions, openKafkaEngine } from "./kafka/kafka-engine.ts";
export type { KafkaTopicOptions } from "./kafka/layout.ts";
export {
  type KafkaOptions,
  KafkaRuntime,
  type KafkaWorkerStats,
  openKafka,
  type PlacedRecord,
  type RegistryOptions,
} from "./kafka/open-kafka.ts";
export type { KafkaSurvey, PartitionShare } from "./kafka/partition-survey.ts";
export type { HeldPlace } from "./kafka/stable-watch.ts";
export type { TaskAnswer, TaskMessage } from "./kafka/task-message.ts";
export { defaultWorkerLimits, type WorkerLimits } from "./kafka/worker-limits.ts";
export type { LeaseAnswer, LeaseProof, LeaseRequest } from "./lease-desk.ts";
export type { Completion, Lease, TaskCode, TaskError } from "./leases.ts";
export { type Notification, readNotification } from "./notification.ts";
export {
  bucketUri,
  compareEvents,
  idempotencyKeyOf,
  isSameVersion,
  type ObjectEvent,
  objectEventSchema,
  objectUri,
  occurrenceOf,
  versionOf,
} from "./object-event.ts";
export type { Operation, OperationDocument, Predicate } from "./operations.ts";
export { partitionOf } from "./partition.ts";
export { fullName, type Plan, type PlanNode, type PlanStore, type PlanTopic, type SubTopology } from "./plan.ts";
export type { LostState, PlanChange } from "./plan-change.ts";
export { diffPlans, type PlanDiff, type Severity, severities, severitiesOf } from "./plan-diff.ts";
export { type EngineReader, openReader } from "./reader.ts";
export type { DeadLetter, Failure, LogRecord, RecordRef, TableRecord } from "./records.ts";
export { redriveStopped } from "./redrive.ts";
export { defaultRetention, type Retention } from "./retention.ts";
export type { EngineRuntime } from "./runtime.ts";
export { type RuntimeClient, type RuntimeThreadOptions, startRuntimeThread } from "./runtime-thread.ts";
export { type DueTimes, readSchedule, type Schedule } from "./schedule.ts";
export { type SchemaBreak, schemaBreaks } from "./schema-evolution.ts";
export { namedSchema } from "./schema-registry.ts";
export { type Compatibility, type RegistryBreak, registryBreaks, versionBreaks } from "./schema-versions.ts";
export { replayShadow, type ShadowOptions, type ShadowProgress, type ShadowReport } from "./shadow.ts";
export type { OutputDifference, TopicComparison } from "./shadow-compare.ts";
export type { ReplayFrom } from "./shadow-feed.ts";
export { type ShadowSwitch, switchToShadow } from "./shadow-switch.ts";
export type { Sink, SinkBatch, SinkRecord } from "./sinks.ts";
export { type DagDocument, type DagSpec, type NodeSpec, parseSpec } from "./spec.ts";
export { step } from "./step.ts";
export type { StateAccess, StepInput, StepResult } from "./step-types.ts";
export type { Fate, StoreChange } from "./store-identity.ts";
export type { TaskLoad } from "./task-load.ts";
export type { TaskServer, TaskServerStart } from "./task-server.ts";
export { type TaskContext, type TaskDefinition, type TaskRegistry, taskError } from "./tasks.ts";
export type { Value } from "./template.ts";
export { TestDriver, type TestDriverOptions, testDriver } from "./test-driver.ts";
export { type Topology, topologyOf } from "./topology.ts";
