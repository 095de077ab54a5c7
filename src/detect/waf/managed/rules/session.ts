import type { ManagedRule } from '../managed-rule.ts'

/** Attacks on sessions and tokens. */
export const SESSION_RULES: readonly ManagedRule[] = [
  {
    id: 'session-in-parameter',
    class: 'session',
    sensitivity: 'high',
    weight: 3,
    when: String.raw`waf.value.source eq "name" and waf.value matches r"(?i)^(?:phpsessid|jsessionid|aspsessionid\w{0,16}|asp\.net_sessionid|phpsession|cfsessionid)$"`,
    help: 'A session id in the address or a form: fixes the session of whoever follows the link.',
    examples: {
      attacks: [{ target: '/x?PHPSESSID=0123456789abcdef0123' }],
      benign: [{ target: '/x?session=0123456789abcdef0123' }],
    },
  },
  {
    id: 'session-cookie-script',
    class: 'session',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.value matches r#"(?i)document\.cookie\s?=\s?['"\x60]|http-equiv\s?=\s?['"]?set-cookie"#`,
    help: 'Script or markup that sets a cookie: fixes the session of whoever sees it.',
    examples: {
      attacks: ['";document.cookie="PHPSESSID=1";//', '<meta http-equiv="Set-Cookie" content="sid=1">'],
      benign: ['a document about cookies', 'cookie = dough'],
    },
  },
  {
    id: 'token-without-signature',
    class: 'session',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.value matches r"^(?:[Bb]earer )?ey[JK][A-Za-z0-9_-]{0,60}(?:JhbGciOiJub25l|JhbGciOiJOb25l|JhbGciOiJOT05F|JhbGciOiJuT25F|hbGciOiJub25l|hbGciOiJOb25l|hbGciOiJOT05F|hbGciOiAibm9uZS|iYWxnIjoibm9uZSI|ImFsZyI6Im5vbmUi|ImFsZyI6Ik5vbmUi|ImFsZyI6Ik5PTkUi)"`,
    help: 'A JSON Web Token that says it is not signed (`"alg":"none"`): accepted by careless libraries (RFC 8725 section 2.1).',
    examples: {
      attacks: [
        { headers: ['Authorization', 'Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiJ9.'] },
        { headers: ['Authorization', 'Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'] },
      ],
      benign: [
        { headers: ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'] },
      ],
    },
  },
]
