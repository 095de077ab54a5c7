/** Files that attackers ask for because their content proves that the attack worked, as they end a path. Lower case. */
const UNIX_FILES =
  'etc/(?:passwd|shadow|group|hosts|hostname|issue|fstab|crontab|motd|resolv\\.conf|sudoers|ssh/\\w+|nginx/[\\w./-]+|apache2?/[\\w./-]+|httpd/[\\w./-]+|mysql/[\\w./-]+|php\\d?/?[\\w./-]*|os-release|mtab|profile|environment|vsftpd\\.conf|master\\.passwd|security/\\w+)' +
  '|proc/(?:self|version|cpuinfo|mounts|net|sched_debug|[0-9]{1,7})(?:/[\\w/]*)?' +
  '|var/(?:log/[\\w./-]+|mail/\\w+|spool/cron/[\\w./-]+|lib/mlocate/[\\w.]+|www/[\\w./-]+\\.php|run/secrets/[\\w./-]+)' +
  '|root/\\.\\w[\\w./-]*|home/\\w+/\\.\\w[\\w./-]*|usr/local/[\\w./-]+\\.(?:conf|ini|xml)|opt/[\\w./-]+\\.(?:conf|xml|ini|properties)' +
  '|(?:\\.ssh/(?:id_\\w+|authorized_keys|known_hosts|config)|\\.aws/(?:credentials|config)|\\.bash_history|\\.kube/config|\\.docker/config\\.json|\\.git/(?:config|head|index))'
const WINDOWS_FILES =
  '(?:win(?:dows|nt)?/)(?:win\\.ini|system\\.ini|system32/[\\w./-]+|repair/\\w+|panther/[\\w./-]+|debug/netsetup\\.log|iis\\d?\\.log|php\\.ini)' +
  '|boot\\.ini|win\\.ini|inetpub/[\\w./-]+|program files[\\w ()]*/[\\w ./-]+\\.(?:ini|conf|xml|log)|xampp/[\\w./-]+|users/\\w+/ntuser\\.dat|autoexec\\.bat|unattend(?:ed)?\\.(?:xml|txt)|pagefile\\.sys'
const APPLICATION_FILES =
  'web-inf/(?:web\\.xml|classes/[\\w./-]+|[\\w./-]+\\.(?:xml|properties|jsp))|meta-inf/(?:context\\.xml|manifest\\.mf|[\\w./-]+)' +
  '|wp-config\\.php(?:\\.\\w+|~)?|web\\.config|\\.htaccess|\\.htpasswd|\\.env(?:\\.\\w+)?|configuration\\.php|config\\.inc\\.php|localsettings\\.php|appsettings\\.json|application\\.(?:yml|properties)|global\\.asa|tomcat-users\\.xml|php\\.ini|httpd\\.conf|id_rsa'

/** What may follow the file in a value: the end, a NUL that cuts an extension off, a fragment, a query or a blank. */
const END = '(?=$|[\\0?#\\s;&|"\'<>`)]|%00)'

/** A path from the root (of a system or drive) to such a file, at the very start of a value. */
export const ROOTED_KNOWN_FILE = new RegExp(`^(?:file:/{0,3})?(?:/+|[a-z]:/+)(?:${UNIX_FILES}|${WINDOWS_FILES})${END}`)

/** Such a file after a climb, wherever it starts. */
export const CLIMBED_KNOWN_FILE = new RegExp(`^(?:${UNIX_FILES}|${WINDOWS_FILES}|${APPLICATION_FILES})${END}`)
