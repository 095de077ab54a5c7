import { TidegateError } from '#kernel'

/** Where to listen; port 0 lets the system choose. */
export interface SocketAddress {
  readonly host: string
  readonly port: number
}

const REMEDIES: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EADDRINUSE: ['the port is in use', 'Stop what listens there (`ss -ltnp` names it) or set another port.'],
  EACCES: [
    'no right to use this port',
    'Ports below 1024 need CAP_NET_BIND_SERVICE (or the sysctl net.ipv4.ip_unprivileged_port_start); or set a port above.',
  ],
  EADDRNOTAVAIL: ['this machine does not have the address', 'Use 0.0.0.0, ::, or an address that `ip address` lists.'],
  ENOTFOUND: ['the name has no address', 'Write an IP address.'],
  EAFNOSUPPORT: ['the address family is switched off on this machine', 'Use an address of the other family.'],
}

/** The error of a listen call as ERR_LISTEN_FAILED, naming the address and what to do. */
export function listenFailure(error: Error, address: SocketAddress): TidegateError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const [reason, remedy] = REMEDIES[code] ?? [error.message, 'Check the address and the port.']
  const where = address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
  return new TidegateError('ERR_LISTEN_FAILED', `cannot listen on ${where}: ${reason}`, {
    source: 'environment',
    retry: code === 'EADDRINUSE',
    remedy,
    cause: error,
  })
}
