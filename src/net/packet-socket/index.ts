export { PacketSocket, type PacketSocketOptions, type PacketStatistics } from './packet-socket.ts'
export type { FrameVisitor, RingFrame } from './ring-frames.ts'
