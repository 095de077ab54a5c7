export type { OperatorSpan } from './operator.ts'
export { compileOperator, ENGINE_OPERATORS } from './compile-operator.ts'
