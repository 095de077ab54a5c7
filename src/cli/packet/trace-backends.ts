/** What can judge the packets of a trace. */
export const TRACE_BACKENDS = ['js', 'bpf', 'nft'] as const

export type TraceBackend = (typeof TRACE_BACKENDS)[number]
