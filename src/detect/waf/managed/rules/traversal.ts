import type { ManagedRule } from '../managed-rule.ts'

/** Paths that leave their folder, and files that only an attacker asks for. */
export const TRAVERSAL_RULES: readonly ManagedRule[] = [
  {
    id: 'traversal-known-file',
    class: 'traversal',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.traversal.confidence eq "certain"',
    help: 'Steps up the folders to a file of the system or of the application that only an attacker asks for.',
    examples: {
      attacks: [
        '../../../etc/passwd',
        '..\\..\\windows\\win.ini',
        '..%252f..%252fetc/passwd',
        '....//....//etc/shadow',
        '/static/../../WEB-INF/web.xml',
      ],
      benign: ['../images/logo.png', 'see /etc/passwd for the users', 'wait... what'],
    },
  },
  {
    id: 'traversal-likely',
    class: 'traversal',
    sensitivity: 'medium',
    weight: 5,
    when: 'waf.value.traversal.confidence eq "likely" and not waf.value.source in {"header" "body"}',
    help: 'Three or more steps up the folders, steps in disguise, or the full path of a sensitive file as a value.',
    examples: {
      attacks: ['../../../../x', '/etc/passwd', '..;/manager/html', 'file:///etc/shadow', 'c:\\boot.ini'],
      benign: ['../img', '/usr/share/doc', '/home', 'import x from "../../../a"'],
    },
  },
  {
    id: 'traversal-weak',
    class: 'traversal',
    sensitivity: 'high',
    weight: 3,
    when: 'waf.value.traversal.confidence eq "weak" and not waf.value.source in {"header" "body"}',
    help: 'A step up the folders, as relative links have it.',
    examples: { attacks: ['../config'], benign: ['a..b', '/index.html'] },
  },
  {
    id: 'traversal-null-byte',
    class: 'traversal',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value matches r"[/\\.]\w[\w./\\-]{0,200}\x00(?:\.\w{1,8})?$" and waf.value.source in {"query" "form" "path" "cookie" "multipart" "file_name" "json"}`,
    help: 'A NUL byte that ends a file name before the extension which the program appended.',
    examples: { attacks: ['/var/www/index.php\x00.png', '../x\x00'], benign: ['index.php.png', 'a.b'] },
  },
]
