export type {
  Endpoint,
  FaultName,
  OfFlow,
  ProtocolFault,
  ProtocolGuess,
  ProtocolName,
  Seen,
  Side,
  Transaction,
  TransactionSink,
} from './contract.ts'
export type { DnsAnswer, DnsExtendedError, DnsQuestion, DnsTransaction } from './dns/dns-transaction.ts'
export type { HttpAmbiguity, HttpMessage, HttpRequest, HttpResponse, HttpTransaction } from './http/http-transaction.ts'
export type { QuicClose, QuicSession } from './quic/quic-session.ts'
export type {
  TlsAlert,
  TlsCertificate,
  TlsCertificateChain,
  TlsClientHello,
  TlsHelloRetryRequest,
  TlsServerHello,
  TlsSession,
} from './tls/tls-session.ts'
export { CAPTURE_READERS } from './readers/capture-readers.ts'
export { ProtocolDissectors } from './protocol-dissectors.ts'
export { TRANSACTION_READERS } from './readers/transaction-readers.ts'
