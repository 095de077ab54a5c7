/** A file that `tidegate init` writes; `path` is relative to the chosen folder. */
export interface StarterFile {
  readonly path: string
  readonly text: string
}

const STARTER_CONFIG = `# Tidegate's configuration. Check it with: tidegate check --config tidegate.yaml
# Whatever is not written here has a default; docs/reference/configuration.md lists every key.
# Durations need a unit (500ms, 5s, 10m, 24h, 30d), sizes too (64KiB, 1MiB, 10GB).

# The API for people and programs.
console:
  # Loopback only: whoever can reach it and has a token can see the traffic.
  listen: 127.0.0.1:9090
  # The command line on this machine has a token of its own. Others get theirs here; the secret stands in an
  # environment variable, never in this file. Scopes: read, metrics, admin.
  tokens: []
  # tokens:
  #   - { name: grafana, secretEnv: TIDEGATE_METRICS_TOKEN, scopes: [metrics] }

# Where events, policy versions and keys are kept. Relative to this file.
data: ./data

# Where the rules are: every *.yaml file of this folder. Changes take effect at once, if they are valid.
policy: ./policy

# The reverse proxy.
edge:
  # Worker threads that carry traffic; without this line one a processor, at most 4.
  # workers: 2

  # Where clients connect. ":8080" would mean every address of this machine.
  listeners:
    - address: 127.0.0.1:8080
    # A TLS listener needs a certificate below. It speaks HTTP/1.1 and HTTP/2.
    # - { address: "127.0.0.1:8443", tls: true, minTlsVersion: TLSv1.2 }

  # PEM files, certificate first and then its chain. The names in a certificate decide which client gets it.
  # certificates:
  #   - { cert: ./tls/shop.crt, key: ./tls/shop.key }

  # The applications behind the edge, chosen by host name.
  sites:
    - name: app
      # Exact names, "*.example.test" for all names below one, "*" for every name that no other site has.
      hosts: ["*"]
      # Where the application listens. Several origins share the load.
      origins:
        - http://127.0.0.1:9000
        # An https origin is verified; ca names other authorities than those of the system.
        # - { url: "https://app.internal:8443", ca: ./tls/internal-ca.pem }
      # Largest request body; larger ones get 413.
      bodyLimit: 100MiB
      # The web application firewall. "log" only tells in events what it would block; "off" switches it off.
      # "tidegate" are the built-in rules; "crs" is the OWASP Core Rule Set, see edge.waf below.
      waf: { mode: block, rules: [tidegate], sensitivity: medium }
      # An origin that fails this often in a row gets no requests for a while.
      health: { maxFailures: 3, ejectFor: 10s }

  # Where SecLang rules come from, for sites with rules: [tidegate, crs]. Without this line: what
  # tidegate waf update installed, else the package modsecurity-crs of the system.
  # waf: { ruleSets: { crs: ./coreruleset }, setup: ./crs-setup.conf }

  # Proxies in front of Tidegate, whose X-Forwarded-For is believed. Nobody else's is.
  # trustedProxies: [10.0.0.0/8]

# The log of what happened.
events:
  # The oldest events go when they reach this age, or when all of them take this much disk.
  retention: 30d
  retentionSize: 10GiB
`

const STARTER_POLICY = `# Rules are tried from top to bottom; the first one that ends the evaluation decides.
# Try one before it runs: tidegate rule test 'http.host == "shop.test"' --input rows.ndjson
# See why a request was decided as it was: tidegate event explain RAY

# Named lists. Large ones stand in files, one entry a line: { type: ip, file: bad.txt }
lists:
  # Networks of people who may see the administration pages.
  office: [127.0.0.0/8, "::1", 10.0.0.0/8]
---
# What may not pass. The phases are, in this order: firewall_custom, firewall_managed (how the WAF
# judges), transform_request, route, firewall_response, transform_response.
phase: firewall_custom
rules:
  - id: no-admin
    description: Administration pages are for the office only.
    when: http.request.uri.path wildcard "/admin*" and not ip.src in $office
    action: block

  - id: no-dotfiles
    description: Nobody has business with hidden files such as /.git or /.env.
    when: http.request.uri.path contains "/." and not starts_with(http.request.uri.path, "/.well-known/")
    action: { block: { status: 404 } }

  # A new rule can first run in this mode: events show what it would have hit, and nothing is blocked.
  - id: old-clients
    description: How many clients still speak HTTP/1.0?
    when: http.request.version == "HTTP/1.0"
    action: block
    mode: log
---
# What is changed in answers on their way to the client.
phase: transform_response
rules:
  - id: no-sniffing
    description: Browsers shall believe the content type.
    when: http.response.code >= 200
    action: { set_header: { name: X-Content-Type-Options, value: nosniff } }
`

/** The commented configuration that a new installation begins with. Valid as it is. */
export function starterFiles(): readonly StarterFile[] {
  return [
    { path: 'tidegate.yaml', text: STARTER_CONFIG },
    { path: 'policy/edge.yaml', text: STARTER_POLICY },
  ]
}
