export { BYTE_MASK, maskOf } from './byte-mask.ts'
export type { ByteMaskBits, Transformation } from './transformation.ts'
export { TRANSFORMATIONS } from './table.ts'
