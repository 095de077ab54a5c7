import type { ManagedRule } from '../managed-rule.ts'

/** URLs that make the application talk to itself, to its network or to its cloud. */
export const SSRF_RULES: readonly ManagedRule[] = [
  {
    id: 'ssrf-certain',
    class: 'ssrf',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.ssrf.confidence eq "certain"',
    help: 'A URL of a metadata service, an internal address in disguise, or a scheme that speaks other protocols.',
    examples: {
      attacks: [
        'http://169.254.169.254/latest/meta-data/',
        'http://0x7f000001/',
        'http://[::ffff:127.0.0.1]/',
        'gopher://127.0.0.1:6379/_INFO',
        'http://2130706433/',
      ],
      benign: ['https://example.com/a', 'http://8.8.8.8/', '10:30', '//cdn.example.com/x.js'],
    },
  },
  {
    id: 'ssrf-likely',
    class: 'ssrf',
    sensitivity: 'medium',
    weight: 5,
    when: 'waf.value.ssrf in {"forbidden-scheme" "internal-name"} and waf.value.ssrf.confidence eq "likely"',
    help: 'A URL that reads files or asks a directory, or a public name that resolves to an internal address.',
    examples: {
      attacks: ['file:///var/lib/x', 'http://127.0.0.1.nip.io/', 'ldap://10.0.0.1/x'],
      benign: ['file: see attachment', 'https://nip.example/'],
    },
  },
  {
    id: 'ssrf-loopback',
    class: 'ssrf',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.ssrf eq "loopback" and waf.value.ssrf.confidence eq "likely" and not waf.value.name matches r"redirect|return|callback|origin|referr?er|next|continue|back|location|page|href|link|site|^dl$|^d[lrt]$|^u(?:rl)?$" and not waf.value matches r"(?i)^https?://localhost(?::(?:3\d{3}|4[23]\d\d|5\d{3}|8\d{3}|9\d{3}))?/?$"`,
    help: 'A URL of the machine itself. Names under which browsers report their own page, as sign-in and trackers do, are left out.',
    examples: {
      attacks: [{ target: '/fetch?image=http://127.0.0.1:22/' }, { target: '/fetch?target=http://localhost/admin' }],
      benign: [{ target: '/login?redirect_uri=http://localhost:3000/callback' }, { target: '/x?q=localhost' }],
    },
  },
  {
    id: 'ssrf-loopback-link',
    class: 'ssrf',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.ssrf eq "loopback" and waf.value.ssrf.confidence eq "likely" and waf.value.name matches r"^u(?:rl|ri)?$|link|href|site|page" and not waf.value matches r"(?i)^https?://localhost(?::(?:3\d{3}|4[23]\d\d|5\d{3}|8\d{3}|9\d{3}))?/?(?:[\w#?][^\s]{0,300})?$"`,
    help: 'A URL of the machine itself, by address or at a port where no development server listens.',
    examples: {
      attacks: [{ target: '/fetch?url=http://127.0.0.1:6379/' }, { target: '/fetch?url=http://localhost:22/' }],
      benign: [{ target: '/collect?url=http://localhost:3000/cart' }, { target: '/collect?url=http://localhost/shop' }],
    },
  },
  {
    id: 'ssrf-private',
    class: 'ssrf',
    sensitivity: 'high',
    weight: 5,
    when: 'waf.value.ssrf.confidence eq "weak"',
    help: 'A URL of a private network.',
    examples: { attacks: ['http://192.168.0.1/admin', 'http://10.1.2.3:8080/'], benign: ['http://203.0.113.5/'] },
  },
  {
    id: 'ssrf-metadata-host',
    class: 'ssrf',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.value matches r"(?i)^(?:169\.254\.169\.254|100\.100\.100\.200|169\.254\.170\.2)(?:[:/]|$)|^metadata\.google\.internal(?:[:/]|$)|/latest/meta-data/|/computeMetadata/v1|/metadata/instance\?api-version" and not waf.value.name eq "x-forwarded-for"`,
    help: 'The address or a path of the metadata service of a cloud, without a scheme.',
    examples: {
      attacks: [
        '169.254.169.254',
        'metadata.google.internal/computeMetadata/v1/',
        { headers: ['X-Forwarded-Host', '169.254.169.254'] },
      ],
      benign: ['169.254.0.1', 'metadata of the picture'],
    },
  },
  {
    id: 'ssrf-out-of-band',
    class: 'ssrf',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value matches r"(?i)\b[\w-]{4,63}\.(?:oast\.(?:fun|pro|live|site|online|me)|interact\.sh|burpcollaborator\.net|oastify\.com|dnslog\.(?:cn|link)|ceye\.io|bxss\.me|xss\.ht|r87\.me|dnsbin\.zhack\.ca|vcap\.me|tplb\.in|pingb\.in)\b"`,
    help: 'The name of a service that records who asks for it: used to see whether an attack worked.',
    examples: {
      attacks: ['http://c8k3n2v.oast.fun/', 'abcd1234.oastify.com'],
      benign: ['toast.fun', 'interact.shop'],
    },
  },
  {
    id: 'ssrf-bare-host',
    class: 'ssrf',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value matches r"(?i)^(?:localhost[46]?(?:\.localdomain[46]?)?|ip6-(?:localhost|loopback)|ipv6-localhost|host\.(?:docker|containers)\.internal|kubernetes\.default(?:\.svc)?[\w.]{0,20}|127\.[\d.]{1,11})(?::\d{1,5})?/" and waf.value.name matches r"url|uri|host|target|dest|feed|fetch|proxy|site|src|image|link|domain|ssrf|path|file"`,
    help: 'A name or address of the machine itself followed by a path, in a parameter that holds addresses.',
    examples: {
      attacks: [{ target: '/fetch?url=localhost/admin' }, { target: '/fetch?host=kubernetes.default.svc/api' }],
      benign: [{ target: '/setup?dbhost=localhost:3306' }, { target: '/x?q=localhost/' }],
    },
  },
  {
    id: 'remote-file-inclusion',
    class: 'ssrf',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value matches r"(?i)^(?:https?|ftps?)://[^\s?]{3,300}(?:\.(?:txt|php\d?|inc|dat|gif|jpe?g|png|phtml)\?{1,2}$|/(?:c99|r57|shell|cmd|safe\d|id|idx|echo|cmd\.gif|rfi|evil|b374k|wso)\d{0,2}\.(?:txt|php|gif|jpg|dat)\b)|^(?:https?|ftps?)://(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:.]{3,45}\])(?::\d{1,5})?/[^\s?]{0,200}\.(?:php\d?|txt|phtml|inc|jsp|asp|sh|exe|elf|pl|py)\b"`,
    help: 'The address of a script on another machine, written so that a program includes it.',
    examples: {
      attacks: ['http://evil.test/shell.txt?', 'http://evil.test/c99.php'],
      benign: ['https://example.com/a.jpg', 'https://example.com/a.php?id=1'],
    },
  },
]
