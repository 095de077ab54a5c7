/** Functions of the kernel that programs call, by their number (linux/bpf.h). */
export const BPF_HELPER = {
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  /** Nanoseconds of the monotonic clock; some 27 ns a call, the coarse one 2. */
  monotonicTime: 5,
  random: 7,
  processorId: 8,
  redirect: 23,
  socketBufferLoadBytes: 26,
  socketBufferPullData: 39,
  xdpAdjustHead: 44,
  redirectMap: 51,
  xdpAdjustTail: 65,
  releaseSocket: 86,
  findTcpSocket: 99,
  checkSynCookie: 100,
  makeSynCookie: 110,
  jiffies: 118,
  ringBufferOutput: 130,
  ringBufferReserve: 131,
  ringBufferSubmit: 132,
  ringBufferDiscard: 133,
  ringBufferQuery: 134,
  coarseTime: 160,
  xdpLoadBytes: 189,
  makeSynCookie4: 204,
  makeSynCookie6: 205,
  checkSynCookie4: 206,
  checkSynCookie6: 207,
} as const

const NAMES = new Map<number, string>(Object.entries(BPF_HELPER).map(([name, number]) => [number, name]))

/** The name of a helper, or its number. */
export function helperName(helper: number): string {
  return NAMES.get(helper) ?? `helper ${helper}`
}

/** What an XDP program returns. */
export const XDP = { aborted: 0, drop: 1, pass: 2, tx: 3, redirect: 4 } as const

/** What a program before the queues of an interface returns (`enum tcx_action_base`). `next` asks the programs behind it. */
export const TCX = { next: -1, pass: 0, drop: 2 } as const
