import type { FieldValue } from '#fields'
import type { PacketReader } from '../../packet/packet-reader.ts'
import { messageOf, type PacketMessage } from './packet-message.ts'

type MessageOf<Kind extends PacketMessage['kind']> = Extract<PacketMessage, { readonly kind: Kind }>

/** A reader that applies when the message that begins in the packet is of one kind. */
export function messageReader<Kind extends PacketMessage['kind']>(
  kind: Kind,
  read: (message: MessageOf<Kind>) => FieldValue | undefined,
): PacketReader {
  return (packet) => {
    const message = messageOf(packet)
    return message?.kind === kind ? read(message as MessageOf<Kind>) : undefined
  }
}
