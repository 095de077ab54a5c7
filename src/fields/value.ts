import type { IpAddress } from '#wire'

export type ScalarValue = boolean | number | string | IpAddress

/** A value of the rules language at run time. Strings hold one byte a character (latin1). */
export type FieldValue =
  | ScalarValue
  | readonly ScalarValue[]
  | ReadonlyMap<string, ScalarValue>
  | ReadonlyMap<string, readonly ScalarValue[]>

/** Reads one field from what a point is looking at; undefined when the value is absent. */
export type Reader<Context> = (context: Context) => FieldValue | undefined

/** Reads one entry of a map field without building the map. */
export type EntryReader<Context> = (context: Context, key: string) => ScalarValue | readonly ScalarValue[] | undefined

/** How a point, or a recorded row, provides its fields. */
export interface Readers<Context> {
  readonly read: Readonly<Record<string, Reader<Context>>>
  /** Optional shortcuts for `map["key"]`; the same key rules as the field's. */
  readonly entry?: Readonly<Record<string, EntryReader<Context>>>
}
