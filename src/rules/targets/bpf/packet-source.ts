import { BPF_HELPER, type BpfAssembler, type Register, TCX, XDP } from '#wire'
import type { PacketDirection } from '../packet-hook.ts'

/** Where programs of one type find their packet, and what they answer. Places are offsets in their context (linux/bpf.h). */
export interface PacketSource {
  readonly direction: PacketDirection
  readonly dataAt: number
  readonly dataEndAt: number
  readonly interfaceAt: number
  /** The helper that copies bytes of the packet. */
  readonly loadBytes: number
  readonly verdict: { readonly pass: number; readonly drop: number }
  /** Only the first bytes of a packet are at hand, and a VLAN tag may stand beside it; absent where all of it is. */
  readonly buffer?: {
    readonly lengthAt: number
    /** 1 when there is a tag beside the packet. */
    readonly hasTagAt: number
    readonly tagAt: number
    readonly tagTypeAt: number
  }
  /** Where a program that has only the first bytes of a frame is told how many it has on the wire: in a value of a map. */
  readonly toldBytes?: { readonly map: string; readonly at: number }
}

/** `struct xdp_md`: what an interface received. */
export const XDP_SOURCE: PacketSource = {
  direction: 'in',
  dataAt: 0,
  dataEndAt: 4,
  interfaceAt: 12,
  loadBytes: BPF_HELPER.xdpLoadBytes,
  verdict: { pass: XDP.pass, drop: XDP.drop },
}

/** `struct __sk_buff`: what is about to be sent. Programs of others behind ours are asked about what passes. */
export const EGRESS_SOURCE: PacketSource = {
  direction: 'out',
  dataAt: 76,
  dataEndAt: 80,
  interfaceAt: 40,
  loadBytes: BPF_HELPER.socketBufferLoadBytes,
  verdict: { pass: TCX.next, drop: TCX.drop },
  buffer: { lengthAt: 0, hasTagAt: 20, tagAt: 24, tagTypeAt: 28 },
}

/** Bytes of a packet that is sent which a program can read. */
export const READABLE_BYTES = 2048
const VLAN_BYTES_LOG2 = 2

/** Loads first byte and end of what is at hand into r7 and r8; the context is in r6. */
export function writeBounds(asm: BpfAssembler, { dataAt, dataEndAt }: PacketSource): void {
  asm.load('u32', 'r7', 'r6', dataAt).load('u32', 'r8', 'r6', dataEndAt)
}

/** Leaves in a register how many bytes the frame has from r7 on. */
export function writeFrameBytes(asm: BpfAssembler, { buffer, toldBytes }: PacketSource, to: Register): void {
  if (toldBytes !== undefined) asm.loadMapValue(to, toldBytes.map, toldBytes.at).load('u32', to, to)
  else if (buffer === undefined) asm.mov(to, 'r8').alu('sub', to, 'r7')
  else asm.load('u32', to, 'r6', buffer.lengthAt)
}

/** The same as they are on the wire, with the VLAN tag that stands beside the packet. `free` is used. */
export function writeWireBytes(asm: BpfAssembler, source: PacketSource, to: Register, free: Register): void {
  writeFrameBytes(asm, source, to)
  if (source.buffer === undefined) return
  asm.load('u32', free, 'r6', source.buffer.hasTagAt).alu('lsh', free, VLAN_BYTES_LOG2).alu('add', to, free)
}
