/** One less than a depth, down to where paths end. */
type Less = [never, 0, 1, 2, 3];

/**
 * Paths of a record's fields as a graph names them: `plate`, `design.readout`, `images[0].sha256`. Of a type that lists no fields any text.
 * Four steps deep, which is deeper than records are.
 */
export type FieldPath<T, Depth extends number = 4> = unknown extends T
  ? string
  : T extends object
    ? string extends keyof T
      ? string
      : { [K in keyof T & string]: K | Deeper<K, NonNullable<T[K]>, Depth> }[keyof T & string]
    : never;

type Deeper<P extends string, T, Depth extends number> = [Depth] extends [0]
  ? never
  : T extends readonly (infer Element)[]
    ?
        | `${P}.length`
        | `${P}[${number}]`
        | `${P}.${number}`
        | `${P}[${number}].${FieldPath<NonNullable<Element>, Less[Depth]>}`
        | `${P}.${number}.${FieldPath<NonNullable<Element>, Less[Depth]>}`
    : T extends object
      ? `${P}.${FieldPath<T, Less[Depth]>}`
      : never;

/** The type of what is at a path. */
export type FieldAt<T, P extends string> = T extends null | undefined
  ? T
  : P extends keyof T
    ? T[P]
    : P extends `${infer Head}[${number}]${infer Rest}`
      ? ElementAt<FieldAt<T, Head>, Rest>
      : P extends `${infer Head}.${infer Rest}`
        ? Head extends keyof T
          ? FieldAt<T[Head], Rest>
          : unknown
        : T extends readonly (infer Element)[]
          ? Element
          : unknown;

type ElementAt<T, Rest extends string> = T extends readonly (infer Element)[]
  ? Rest extends `.${infer More}`
    ? FieldAt<Element, More>
    : Element
  : unknown;

/** The paths in a template such as `{experiment}/{plate}`. */
export type TemplatePaths<S extends string> = S extends `${string}{${infer P}}${infer Rest}`
  ? P | TemplatePaths<Rest>
  : never;

/** A template whose paths are fields of a record; for another one a text that says which is none. */
export type TemplateOf<T, S extends string> = string extends S
  ? S
  : Exclude<TemplatePaths<S>, FieldPath<T>> extends infer Wrong
    ? [Wrong] extends [never]
      ? S
      : `{${Wrong & string}} is no field of the record`
    : never;

type Nested<T, P extends string> = P extends `${infer Head}.${infer Rest}`
  ? Head extends keyof T
    ? { [K in Head]: Nested<NonNullable<T[Head]>, Rest> }
    : unknown
  : { [K in P]: P extends keyof T ? T[P] : unknown };

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/** A type written out, so that editors show fields. */
export type Flat<T> = { [K in keyof T]: T[K] };

/** A record of just these fields, each at its place. */
export type PickPaths<T, P extends string> = [P] extends [never]
  ? unknown
  : Flat<Intersection<P extends string ? Nested<T, P> : never>>;

/** One record put over another. */
export type Over<T, U> = Flat<Omit<T, keyof U> & U>;
