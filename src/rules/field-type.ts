import type { FieldType, ScalarType } from '#fields'

const SCALARS: ReadonlySet<string> = new Set(['Bool', 'Int', 'String', 'IP'])

export function isScalar(type: FieldType): type is ScalarType {
  return SCALARS.has(type)
}

/** What `[0]` of an array or `["key"]` of a map has for a type; undefined when there is no such index. */
export function indexedType(type: FieldType, index: 'position' | 'key'): FieldType | undefined {
  const outer = index === 'position' ? 'Array<' : 'Map<'
  return type.startsWith(outer) ? (type.slice(outer.length, -1) as FieldType) : undefined
}

/** What `[*]` gives one after the other: the innermost type; undefined of a scalar. */
export function elementType(type: FieldType): ScalarType | undefined {
  return isScalar(type) ? undefined : (type.slice(type.lastIndexOf('<') + 1, type.indexOf('>')) as ScalarType)
}
