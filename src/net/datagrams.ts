import { createSocket } from 'node:dgram'
import { type IpAddress, parseIp } from '#wire'
import { listenFailure, type SocketAddress } from './listen-failure.ts'

/** A UDP socket that only listens. */
export interface DatagramReceiver {
  readonly address: SocketAddress
  close(): Promise<void>
}

export interface DatagramHandlers {
  /** The bytes are the receiver's to keep. */
  onDatagram(bytes: Buffer, sender: IpAddress, senderPort: number): void
  onError(error: Error): void
}

/** Exporters send in bursts: the kernel grants as much of it as `net.core.rmem_max` allows. */
const RECEIVE_BUFFER_BYTES = 8 << 20

/** @throws TidegateError ERR_LISTEN_FAILED */
export function receiveDatagrams({ host, port }: SocketAddress, handlers: DatagramHandlers): Promise<DatagramReceiver> {
  const socket = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  })
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      socket.close()
      reject(listenFailure(error, { host, port }))
    }
    socket.once('error', refuse)
    socket.bind({ address: host, port }, () => {
      socket.off('error', refuse)
      socket.on('error', (error) => handlers.onError(error))
      socket.on('message', (bytes, { address, port: senderPort }) => {
        const sender = parseIp(address.split('%', 1)[0])
        if (sender !== undefined) handlers.onDatagram(bytes, sender, senderPort)
      })
      const bound = socket.address()
      resolve({
        address: { host: bound.address, port: bound.port },
        close: () => new Promise((closed) => void socket.close(() => closed())),
      })
    })
  })
}
