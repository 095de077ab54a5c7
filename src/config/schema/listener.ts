import { z } from 'zod'
import { leaf, type Read, shortened } from './leaf.ts'
import { filePath, listenAddress } from './units.ts'

const tlsVersion = leaf('TLS version', (input): Read<'TLSv1.2' | 'TLSv1.3'> => {
  const [, minor] = /^(?:TLS ?v?)?1\.([23])$/i.exec(String(input)) ?? []
  if (minor === undefined) return { fault: 'expected TLSv1.2 or TLSv1.3' }
  return { value: minor === '2' ? 'TLSv1.2' : 'TLSv1.3' }
})

/** `listeners: [127.0.0.1:8080]`, or a mapping with further keys. */
export const LISTENER_SCHEMA = shortened(
  'address',
  z.strictObject({
    address: listenAddress().describe(
      'Where to listen: `127.0.0.1:8080`, `"[::1]:8080"`, or `:8080` for every address.',
    ),
    tls: z.boolean().prefault(false).describe('Speak TLS with the certificates of `edge.certificates`.'),
    proxyProtocol: z
      .boolean()
      .prefault(false)
      .describe(
        'Each connection must open with a PROXY protocol v1 or v2 header. Only behind a load balancer that writes it.',
      ),
    http2: z.boolean().prefault(true).describe('Offer HTTP/2 on a TLS listener.'),
    minTlsVersion: tlsVersion.prefault('TLSv1.2').describe('Oldest TLS version that is accepted: TLSv1.2 or TLSv1.3.'),
  }),
)

export const CERTIFICATE_SCHEMA = z.strictObject({
  cert: filePath().describe('PEM file of the certificate, followed by its chain. Its names choose it by SNI.'),
  key: filePath().describe('PEM file of the private key.'),
})
