export type { CompileEnvironment, Predicate, PredicateProgram } from './compile/environment.ts'
export { compileOperand, compilePredicate, compilePredicates, generatePredicateSource } from './compile/compile.ts'
export { type ExplainEnvironment, explainExpression, type ExplainNode } from './explain.ts'
export type {
  CallNode,
  ComparisonNode,
  ComparisonOperator,
  EachNode,
  Expression,
  FieldNode,
  IndexNode,
  ListMembershipNode,
  LiteralNode,
  LogicalNode,
  LogicalOperator,
  Member,
  MembershipNode,
  NamedList,
  NamedLists,
  NotNode,
  Operand,
  Span,
  TruthNode,
} from './expression.ts'
export type { FunctionDefinition, FunctionParameter } from './functions/function.ts'
export { FUNCTIONS } from './functions/index.ts'
export { nearestName } from './nearest.ts'
export type { ParseOptions } from './parse/cursor.ts'
export { type OperandResult, parseExpression, parseOperand, type ParseResult } from './parse/parse.ts'
export { printExpression, printOperand } from './print.ts'
export {
  compileRegex,
  ensureLinearEngine,
  parseRegex,
  type Regex,
  type RegexMatcher,
  type RegexResult,
} from './regex/regex.ts'
export {
  addRange,
  addSet,
  ANY_BYTE,
  type ByteSet,
  CLASS_ESCAPES,
  emptySet,
  foldCase,
  invert,
  NOT_NEWLINE,
  POSIX_CLASSES,
  setOf,
} from './regex/byte-set.ts'
export { RegexFault, type RegexNode } from './regex/regex-node.ts'
export { type RuleError, type RuleErrorCode, renderRuleError } from './rule-error.ts'
export { childrenOf, fieldsOf, isOperand, isQuantifier, iterationBase, listsOf, type Node, walk } from './tree.ts'
export { DURATION_UNITS, readQuantity, SIZE_UNITS } from './units.ts'
export { parseWildcard, type Wildcard, wildcardMatcher } from './wildcard.ts'
export { compileDisplayFilter, type DisplayFilter } from './targets/display-filter.ts'
export { compileSql, type SqlCondition, type SqlOptions } from './targets/compile-sql.ts'
export type { SqlList } from './targets/member-set.ts'
export { locateRefusal, type TargetRefusal } from './targets/refusal.ts'
export { type AddressCondition, asAddressLists } from './targets/address-facts.ts'
export { checkBpf, compileBpf, type BpfFilter, packetSlots } from './targets/bpf/compile-bpf.ts'
export type { AddressListMaps } from './targets/bpf/address-test.ts'
export { type BpfListMaps, PacketCode } from './targets/bpf/packet-code.ts'
export { conjunction, type Conjunction, conjunctionsOf, type Constraint } from './targets/bpf/conjunctions.ts'
export { type Dimension, placesOf, wholeDimension } from './targets/bpf/dimension.ts'
export type { EdgeSet } from './targets/bpf/edge-set.ts'
export {
  EGRESS_SOURCE,
  type PacketSource,
  writeBounds,
  writeFrameBytes,
  writeWireBytes,
  XDP_SOURCE,
} from './targets/bpf/packet-source.ts'
export { type PacketSlot, SlotFrame } from './targets/bpf/slots.ts'
export {
  checkNft,
  compileNft,
  compileNftRules,
  type NftChains,
  nftChainsText,
  type NftRule,
  nftSetElements,
} from './targets/nft/compile-nft.ts'
export { type NftLists, type NftListSets, prefixKey } from './targets/nft/list-ways.ts'
export type { Shape as NftShape } from './targets/nft/shape.ts'
export {
  asksForHook,
  atHook,
  atInterfaces,
  INTERFACE_FIELD,
  isNever,
  PACKET_DIRECTIONS,
  type PacketDirection,
  type PacketHook,
} from './targets/packet-hook.ts'
export { packetFieldOf } from './targets/packet-fields.ts'
export { splitForKernel, type SplitRule } from './targets/packet-split.ts'
