import type { FieldAt, FieldPath, Flat, Over, PickPaths, TemplateOf } from "./field-path.ts";
import type { FunctionContext, FunctionRegistry } from "./functions.ts";
import type { DagDocument, NodeDocument } from "./spec.ts";

/** What may be said of any node. */
export interface NodeOptions {
  version?: string | number;
  schema?: string;
  description?: string;
  label?: string;
}

export interface PublishOptions extends NodeOptions {
  /** "long": keys are whole numbers of 64 bits, and lie so on Kafka. Default: as the keys that come. */
  "key-schema"?: string;
}

export interface OperationOptions extends PublishOptions {
  "value-schema"?: string;
}

export interface FunctionOptions extends OperationOptions {
  /** Tables that the function looks up by `context.table`. */
  tables?: readonly AnyTable[];
}

export interface TopicOptions<T> extends NodeOptions {
  /** The node's id. Default the topic's name. */
  node?: string;
  /** The template that record keys are made by, or its fields. */
  key?: string | readonly FieldPath<T>[];
  /** "long": keys are whole numbers of 64 bits, and lie so on Kafka. Default "string". */
  "key-schema"?: string;
}

type TaskNode = Extract<NodeDocument, { type: "external-task" }>;
export type TaskOptions<T> = Omit<TaskNode, "type" | "stream" | "task-name" | "cache"> & {
  cache?: false | { inputs: (FieldPath<T> | `${string}*${string}`)[] };
};

/** A plain function of a record; what it returns flows on, undefined drops the record. */
export type MapFunction<T, U> = (value: T, key: string, context: FunctionContext) => U | undefined;

export interface Mapping<T> {
  pick?: readonly (keyof T & string)[];
  drop?: readonly (keyof T & string)[];
  rename?: { readonly [K in keyof T & string]?: string };
  set?: Readonly<Record<string, unknown>>;
}

type Picked<T, M> = M extends { pick: readonly (infer P)[] } ? Pick<T, P & keyof T> : T;
type Dropped<T, M> = M extends { drop: readonly (infer P)[] } ? Omit<T, P & string> : T;
type Renamed<T, M> = M extends { rename: infer R }
  ? { [K in keyof T as K extends keyof R ? (R[K] extends string ? R[K] : K) : K]: T[K] }
  : T;
type SetTo<T, Rule> = Rule extends { readonly field: infer P extends string }
  ? FieldAt<T, P> | null
  : Rule extends `${string}{${string}}${string}`
    ? string | null
    : Rule;
type WithSet<T, Kept, M> = M extends { set: infer S } ? Over<Kept, { -readonly [K in keyof S]: SetTo<T, S[K]> }> : Kept;

/** What a declarative map makes of a record: pick, drop, rename, set, in this order. */
export type Mapped<T, M> = Flat<WithSet<T, Renamed<Dropped<Picked<T, M>, M>, M>, M>>;

export interface Flattening<T> {
  /** A field that holds an array. */
  field: { [K in keyof T & string]: NonNullable<T[K]> extends readonly unknown[] ? K : never }[keyof T & string];
  as?: string;
  key?: string;
}
type ElementOf<T> = T extends readonly (infer Element)[] ? Element : never;
export type Flattened<T, F extends Flattening<T>> = F extends { as: infer As extends string }
  ? Over<Omit<T, F["field"]>, { [K in As]: ElementOf<NonNullable<T[F["field"]]>> }>
  : Over<Omit<T, F["field"]>, ElementOf<NonNullable<T[F["field"]]>>>;

/** A condition over a record's fields, as data. */
export type Condition<T> =
  | { field: FieldPath<T>; equals?: unknown; in?: unknown[]; exists?: boolean; above?: number; below?: number }
  | { not: Condition<T> }
  | { all: Condition<T>[] }
  | { any: Condition<T>[] }
  | boolean;

export interface AggregateRule<T, By extends FieldPath<T>> {
  by: readonly By[];
  count?: string;
  sum?: Readonly<Record<string, FieldPath<T>>>;
  min?: Readonly<Record<string, FieldPath<T>>>;
  max?: Readonly<Record<string, FieldPath<T>>>;
  last?: readonly FieldPath<T>[];
}
type CountOf<R> = R extends { count: infer C extends string } ? { [K in C]: number } : unknown;
type SumOf<R> = R extends { sum: infer S } ? { -readonly [K in keyof S]: number } : unknown;
type LeastOf<R> = R extends { min: infer S } ? { -readonly [K in keyof S]: number | null } : unknown;
type MostOf<R> = R extends { max: infer S } ? { -readonly [K in keyof S]: number | null } : unknown;
type LastOf<T, R> = R extends { last: readonly (infer P)[] } ? PickPaths<T, P & string> : unknown;
type ByOf<T, R> = R extends { by: readonly (infer P)[] } ? PickPaths<T, P & string> : unknown;

/** What a declarative aggregate emits. */
export type Aggregated<T, R> = Flat<ByOf<T, R> & CountOf<R> & SumOf<R> & LeastOf<R> & MostOf<R> & LastOf<T, R>>;

/** An aggregation by a function of one's own: `add` returns the new state, which is also what is emitted. */
export interface Fold<T, State> {
  by: readonly FieldPath<T>[];
  initial: () => State;
  add: (state: State, value: T, key: string) => State;
}

export interface StreamJoinRule<As extends string, Kind extends "inner" | "left"> {
  /** Fields of both sides. Without them their own keys are joined. */
  by?: readonly string[];
  as: As;
  beforeMs: number;
  afterMs: number;
  graceMs?: number;
  kind?: Kind;
}
export type StreamJoined<T, U, As extends string, Kind> = Over<T, { [K in As]: "left" extends Kind ? U | null : U }>;

export interface WindowSpan {
  sizeMs: number;
  graceMs?: number;
}
export type Windowed<T> = Flat<T & { windowStart: number; windowEnd: number }>;

export interface JoinRule<T, Row, S extends string, As extends string, Field extends keyof Row & string> {
  /** A template over the record that makes the row's key. */
  key: TemplateOf<T, S>;
  as: As;
  fields?: readonly Field[];
  /** Hold records until their row is there. Default false. */
  wait?: boolean;
}
export type Joined<T, Row, As extends string, Field extends keyof Row> = Over<
  T,
  { [K in As]: Flat<Pick<Row, Field>> | null }
>;

interface Span {
  wallClockMs?: number;
  eventTimeMs?: number;
}
export type GroupExpectation<T> =
  | { constant: number }
  | { field: FieldPath<T> }
  | { table: AnyTable; key: string; field: string }
  | { expression: string; table?: undefined; key?: undefined }
  | { expression: string; table: AnyTable; key: string };

export interface GroupRule<T, By extends FieldPath<T>, Carry extends FieldPath<T>, Collect extends string> {
  by: readonly By[];
  member: readonly FieldPath<T>[];
  expect: GroupExpectation<T>;
  collect?: Collect;
  carry?: readonly Carry[];
  gap?: Span;
  deadline?: Span;
  onIncomplete?: "emit" | "dead-letter" | "wait";
  late?: "revise" | "dead-letter";
  allowFailed?: number;
  retentionMs?: number;
}

/** A member of a group that failed, with its first cause. */
export interface FailedMember {
  member: string;
  code: string;
  message: string;
  node: string;
  taskId?: string;
}

/** What a key group is emitted as. */
export type Grouped<T, By extends string, Carry extends string, Collect extends string> = Flat<
  PickPaths<T, By> &
    PickPaths<T, Carry> & { [K in Collect]: T[] } & {
      complete: boolean;
      expected: number | null;
      missing: string[];
      failed: FailedMember[];
      generation: number;
    }
>;

/** A table, whatever its rows hold. */
export interface AnyTable {
  readonly node: string;
}

/** A table of rows by key. */
export interface Table<Row> extends AnyTable {
  /** Only says what rows are: no value is there. */
  readonly row?: Row;
}

/** What rows of two tables with equal keys are joined to. */
export interface TableJoinRule<As extends string, Kind extends "inner" | "left"> {
  /** The field that the right row goes into. */
  as: As;
  /** Default "inner". */
  kind?: Kind;
}

/** A table that is joined from others: looked up and joined further as any, or published. */
export interface JoinedTable<Row> extends Table<Row> {
  /** Puts its changes on a topic: a row, or a tombstone. */
  publish(node: string, topic: string, options?: PublishOptions): void;
}

/** Records on their way from a node, or from one branch of it. */
export interface Stream<T> {
  /** The node's id, with `:branch` for a branch. */
  readonly node: string;
  /** A function of one's own, or the name of one that is registered. */
  map<U extends object>(node: string, run: string | MapFunction<T, U>, options?: FunctionOptions): Stream<U>;
  map<const M extends Mapping<T>>(node: string, mapping: M, options?: OperationOptions): Stream<Mapped<T, M>>;
  filter(
    node: string,
    keeps: Condition<T> | ((value: T, key: string, context: FunctionContext) => boolean),
    options?: FunctionOptions,
  ): Stream<T>;
  /** Keeps what a registered function says. */
  filterBy(node: string, name: string, options?: FunctionOptions): Stream<T>;
  flatMap<U extends object>(
    node: string,
    run: string | ((value: T, key: string, context: FunctionContext) => { key?: string; value: U }[]),
    options?: FunctionOptions,
  ): Stream<U>;
  flatMap<const F extends Flattening<T>>(
    node: string,
    flattening: F,
    options?: OperationOptions,
  ): Stream<Flattened<T, F>>;
  rekey<const S extends string>(
    node: string,
    key: TemplateOf<T, S> | readonly FieldPath<T>[],
    options?: OperationOptions,
  ): Stream<T>;
  /** The first condition that holds names the branch; a record of which none holds is dropped. */
  branch<Name extends string>(
    node: string,
    branches: Readonly<Record<Name, Condition<T>>>,
    options?: OperationOptions,
  ): { readonly [K in Name]: Stream<T> };
  merge<U>(node: string, others: Stream<U> | readonly Stream<U>[], options?: OperationOptions): Stream<T | U>;
  dedupe(
    node: string,
    rule: { by: readonly FieldPath<T>[]; retentionMs?: number },
    options?: OperationOptions,
  ): Stream<T>;
  aggregate<State extends object>(node: string, rule: Fold<T, State>, options?: OperationOptions): Stream<State>;
  aggregate<const R extends AggregateRule<T, FieldPath<T>>>(
    node: string,
    rule: R,
    options?: OperationOptions,
  ): Stream<Aggregated<T, R>>;
  window<State extends object>(
    node: string,
    rule: Fold<T, State> & WindowSpan,
    options?: OperationOptions,
  ): Stream<Windowed<State>>;
  window<const R extends AggregateRule<T, FieldPath<T>> & WindowSpan>(
    node: string,
    rule: R,
    options?: OperationOptions,
  ): Stream<Windowed<Aggregated<T, R>>>;
  join<Row, const S extends string, const As extends string, Field extends keyof Row & string = keyof Row & string>(
    node: string,
    table: Table<Row>,
    rule: JoinRule<T, Row, S, As, Field>,
    options?: OperationOptions,
  ): Stream<Joined<T, Row, As, Field>>;
  /** Joins records of another stream that are near in event time. */
  joinStream<U, const As extends string, Kind extends "inner" | "left" = "inner">(
    node: string,
    right: Stream<U>,
    rule: StreamJoinRule<As, Kind>,
    options?: OperationOptions,
  ): Stream<StreamJoined<T, U, As, Kind>>;
  groupComplete<By extends FieldPath<T>, Carry extends FieldPath<T> = never, const Collect extends string = "members">(
    node: string,
    rule: GroupRule<T, By, Carry, Collect>,
    options?: OperationOptions,
  ): Stream<Grouped<T, By, Carry, Collect>>;
  /** Its result, of type `R`, is put over its input. */
  task<R extends object>(node: string, task: string, options?: TaskOptions<T>): Stream<Over<T, R>>;
  publish(node: string, topic: string, options?: PublishOptions): void;
}

/** A DAG as built: the document, and the functions that were written in place, under `dag/node`. */
export interface BuiltDag {
  document: DagDocument;
  functions: FunctionRegistry;
}

export interface DagBuilder {
  stream<T extends object>(topic: string, options?: TopicOptions<T>): Stream<T>;
  table<Row extends object>(topic: string, options?: TopicOptions<Row>): Table<Row>;
  joinTables<Left, Right, const As extends string, Kind extends "inner" | "left" = "inner">(
    node: string,
    left: Table<Left>,
    right: Table<Right>,
    rule: TableJoinRule<As, Kind>,
    options?: OperationOptions,
  ): JoinedTable<Over<Left, { [K in As]: Kind extends "left" ? Right | null : Right }>>;
  build(): BuiltDag;
}
