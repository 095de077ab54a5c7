import type { FindingKind } from './finding.ts'

const AFTER_HANDSHAKE = ['tcp-reset-by-client', 'tcp-reset-by-server', 'tcp-connection-stalled']

/** Kinds of findings about TLS. */
export const TLS_KINDS = {
  'tls-version-mismatch': {
    severity: 'high',
    side: 'server',
    meaning: 'Client and server have no version of TLS in common.',
    next: 'Try each version: `openssl s_client -connect HOST:PORT -tls1_2` and `-tls1_3`. Allow a version on the server, or bring the client up to date.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client', 'tls-alert-by-server'],
  },
  'tls-cipher-mismatch': {
    severity: 'high',
    side: 'server',
    meaning: 'Client and server have no cipher suite, group or signature algorithm in common.',
    next: 'Compare the ClientHello with `nmap --script ssl-enum-ciphers -p PORT HOST`: cipher suites, key exchange groups, and whether the key of the certificate fits them.',
    explains: AFTER_HANDSHAKE,
  },
  'tls-alpn-mismatch': {
    severity: 'high',
    side: 'client',
    meaning: 'Client and server have no application protocol in common (ALPN).',
    next: 'Ask for each: `openssl s_client -connect HOST:PORT -alpn h2` and `-alpn http/1.1`.',
    explains: AFTER_HANDSHAKE,
  },
  'tls-sni-missing': {
    severity: 'high',
    side: 'client',
    meaning: 'The client does not say which name it wants, and the server refuses such sessions.',
    next: 'Compare `openssl s_client -connect HOST:443 -servername NAME` with `-noservername`. Old clients, health checks by address and some proxies send no name.',
    explains: AFTER_HANDSHAKE,
  },
  'tls-sni-unrecognized': {
    severity: 'high',
    side: 'server',
    meaning: 'The server has no certificate for the name that the client wants.',
    next: 'Check the name for a misspelling, and whether the server has a site and certificate for it.',
    explains: AFTER_HANDSHAKE,
  },
  'tls-client-certificate-demanded': {
    severity: 'high',
    side: 'client',
    meaning: 'The server wants a certificate of the client, and the client has none or not the right one.',
    next: 'Try with one: `openssl s_client -connect HOST:PORT -cert FILE -key FILE`; its list of acceptable authorities says which.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-server'],
  },
  'tls-certificate-expired': {
    severity: 'high',
    side: 'server',
    meaning: "The server's certificate is out of date, and the client does not accept it.",
    next: 'Renew it, and let the server load the new one; see that the clock of the client is right.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client'],
  },
  'tls-certificate-not-yet-valid': {
    severity: 'high',
    side: 'server',
    meaning: "The server's certificate begins later than now, and the client does not accept it.",
    next: 'Compare the clocks of client, server and the certificate authority.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client'],
  },
  'tls-certificate-wrong-name': {
    severity: 'high',
    side: 'server',
    meaning: "The server's certificate is not for the name that the client asked for.",
    next: 'Look at `openssl s_client -connect HOST:443 -servername NAME </dev/null | openssl x509 -noout -ext subjectAltName`: another site may be the default.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client'],
  },
  'tls-certificate-self-signed': {
    severity: 'high',
    side: 'server',
    meaning:
      'The certificate is signed by itself, and the client does not know it. A proxy that inspects TLS looks like this as well.',
    next: 'Find out whose certificate it is: the server before it was set up, or a device on the way; install one of an authority, or let the client trust it.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client'],
  },
  'tls-certificate-missing-intermediate': {
    severity: 'high',
    side: 'server',
    meaning:
      "The server sends its certificate without the intermediate authority's, and the client cannot build the chain.",
    next: 'Put the intermediate certificates behind the leaf in the file that the server loads; browsers may hide the fault because they know it from elsewhere.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client'],
  },
  'tls-certificate-untrusted': {
    severity: 'high',
    side: 'client',
    meaning:
      'The client went away when it saw the certificate, in which nothing is wrong by itself: it does not know the authority, or expects another certificate (pinning, inspection).',
    next: 'See who issued it: an inspecting proxy or a private authority has to be among those that the client trusts.',
    explains: [...AFTER_HANDSHAKE, 'tls-alert-by-client'],
  },
  'tls-alert-by-client': {
    severity: 'high',
    side: 'client',
    meaning:
      'The client ended the session with an alert. In TLS 1.3 its reason is encrypted; right after the certificate it is most often that.',
    next: "Read the client's error message, or repeat with `openssl s_client` or `curl -v`, which print what the alert is about.",
    explains: AFTER_HANDSHAKE,
  },
  'tls-alert-by-server': {
    severity: 'high',
    side: 'server',
    meaning: 'The server ended the session with an alert.',
    next: "Read the server's log at that second; the name of the alert says what it did not like.",
    explains: AFTER_HANDSHAKE,
  },
  'tls-handshake-unanswered': {
    severity: 'high',
    side: 'server',
    meaning:
      'The ClientHello arrived and was never answered: the process behind the port hangs, does not speak TLS, or something on the way swallows the hello.',
    next: 'Try a smaller hello (`openssl s_client -tls1_2`) and another server name: when those are answered a device on the way filters; otherwise look at the process.',
    explains: ['slow-server', 'tcp-reset-by-client'],
  },
  'tls-handshake-reset': {
    severity: 'high',
    side: 'server',
    meaning: 'The connection was reset in the middle of the handshake, without an alert.',
    next: 'Compare the TTL of the reset with the other packets of that side, and try another server name: a filter by name resets like this.',
    explains: ['tcp-reset-by-client', 'tcp-reset-by-server'],
  },
  'tls-handshake-closed': {
    severity: 'high',
    side: 'server',
    meaning: 'The connection was closed in the middle of the handshake, without an alert.',
    next: 'Read the log of the side that closed: load balancers without a healthy server, and clients that only probe a port, close like this.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
