/** What one side of a connection does next. */
export type PeerStep =
  | { readonly send: string }
  | { readonly sendBytes: number }
  /** A text to wait for, or a number of bytes. */
  | { readonly until: string | number }
  | { readonly waitMs: number }
  | { readonly repeat: readonly PeerStep[]; readonly times: number }
  | { readonly control: 'end' | 'reset' | 'pause' | 'resume' }
