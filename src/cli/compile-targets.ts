/** What an expression can be translated into, in the order of the help. */
export const COMPILE_TARGETS = ['js', 'duckdb', 'display-filter', 'bpf', 'nft'] as const

export type CompileTarget = (typeof COMPILE_TARGETS)[number]
