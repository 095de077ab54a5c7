import type { ManagedRule } from '../managed-rule.ts'

/** Tools that look for holes, and what they ask for. */
export const SCANNER_RULES: readonly ManagedRule[] = [
  {
    id: 'scanner-agent',
    class: 'scanner',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.value.source eq "header" and waf.value.name eq "user-agent" and waf.value matches r"(?i)\b(?:sqlmap|nikto|nessus|nmap scripting engine|masscan|zgrab|nuclei|acunetix|netsparker|invicti|arachni|w3af|dirbuster|gobuster|feroxbuster|wfuzz|wpscan|joomscan|openvas|havij|hydra|jorgee|morfeus|zmeu|whatweb|commix|fimap|grabber|jaeles|dalfox|xsser|brutus|cgichk|sqlninja|vega/|webinspect|skipfish|appscan|qualys|dirsearch|jbrofuzz|paros|pangolin|bsqlbf|absinthe|bilbo|blackwidow|cgscan|n-stealth|nsauditor|prog\.customcrawler|s\.t\.a\.l\.k\.e\.r|sf/|springenwerk|sysscan|voideye|webtrends security|whisker|xmlrpc exploit|l9explore|l9tcpid|tsunami|interactsh)\b|\bffuf|\bFuzz Faster|projectdiscovery"`,
    help: 'The name of a vulnerability scanner, as it says it itself.',
    examples: {
      attacks: [
        { headers: ['User-Agent', 'sqlmap/1.7.2#stable (https://sqlmap.org)'] },
        { headers: ['User-Agent', 'Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000001)'] },
        { headers: ['User-Agent', 'Fuzz Faster U Fool v2.0.0'] },
      ],
      benign: [
        { headers: ['User-Agent', 'Mozilla/5.0 (compatible; Googlebot/2.1)'] },
        { headers: ['User-Agent', 'curl/8.5.0'] },
      ],
    },
  },
  {
    id: 'scanner-mark',
    class: 'scanner',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.value matches r"(?i)acunetix[_-]wvs|acunetix\.\w|netsparker[_(-]|nessus[_-]?(?:is_probing|\w{0,12}\.(?:nasl|txt|html))|appscan_fingerprint|/nikto-test|w3af_|burpcollab|sqlmap|openvas[-_]|qualys(?:guard|test)|wvstest=|javascript:domxssexecutionsink|/nuclei\.svg|vulnweb"`,
    help: 'Text that a vulnerability scanner leaves in what it sends.',
    examples: {
      attacks: ['acunetix_wvs_security_test', { target: '/nessus_is_probing_you_' }, { target: '/nuclei.svg?x=1' }],
      benign: ['nuclear test', 'the burp suite'],
    },
  },
  {
    id: 'scanner-header',
    class: 'scanner',
    sensitivity: 'low',
    weight: 5,
    when: 'len(http.request.headers["acunetix-product"]) > 0 or len(http.request.headers["acunetix-scanning-agreement"]) > 0 or len(http.request.headers["x-scan-memo"]) > 0 or len(http.request.headers["x-scanner"]) > 0 or len(http.request.headers["x-wipp"]) > 0 or len(http.request.headers["x-ratproxy-loop"]) > 0 or len(http.request.headers["x-nessus"]) > 0',
    help: 'A header that vulnerability scanners add.',
    examples: { attacks: [{ headers: ['Acunetix-Product', 'WVS/12.0'] }], benign: [{ headers: ['X-Scan', '1'] }] },
  },
  {
    id: 'probe-secret-file',
    class: 'scanner',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.value.source eq "path" and waf.value matches r"(?i)/\.(?:env(?:\.\w{1,20})?|git/\w[\w/.-]{0,60}|git-credentials|gitconfig|svn/(?:entries|wc\.db)|hg/\w{1,20}|bzr/\w{1,20}|htpasswd|htaccess|aws/(?:credentials|config)|ssh/\w{1,30}|bash_history|mysql_history|pgpass|npmrc|docker(?:env|cfg|/config\.json)|kube/config|s3cfg|netrc|vscode/sftp\.json|idea/(?:workspace|dataSources)\.xml|DS_Store|aiignore|(?:cursor|continue|claude|codex|aider|roo|cline|kiro|windsurf|zed|a0proj|fabric|rovodev|gemini)/[\w./-]{1,60}|config/gcloud/\w{1,30})$|/(?:id_rsa|id_dsa|id_ecdsa|id_ed25519|credentials\.json|secrets\.(?:ya?ml|json)|docker-compose\.ya?ml|wp-config\.(?:txt|bak|old|save|php[~.]\w{0,8}|php~)|web\.config\.\w{1,8}|appsettings(?:\.\w{1,20})?\.json|application(?:-\w{1,20})?\.(?:ya?ml|properties)|database\.ya?ml|\.?credentials|server\.key|privkey\.pem|sftp-config\.json|phpinfo\.php|parameters\.ya?ml|local_settings\.py)$"`,
    help: 'A file with credentials, keys or the history of the source code, which should never be served.',
    examples: {
      attacks: [
        { target: '/.env' },
        { target: '/.git/config' },
        { target: '/backup/wp-config.php~' },
        { target: '/.aws/credentials' },
      ],
      benign: [{ target: '/.well-known/security.txt' }, { target: '/environment' }, { target: '/git/config.html' }],
    },
  },
  {
    id: 'probe-backup-file',
    class: 'scanner',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.source eq "path" and waf.value matches r"(?i)\.(?:php|aspx?|jsp|cgi|pl|py|rb|inc|conf|config|ini|env|sql|ya?ml|properties)[.~_-]?(?:~|bak\d?|backup|old|orig|save|sav|swp|swo|copy|tmp|txt|1|dist)$|\.(?:sql|db|sqlite3?|bak|mdb|dump)\.(?:gz|zip|tar|bz2|7z|xz|rar|tgz)$|/wp-content/debug\.log$|/(?:backup|dump|database|db|www|site|wwwroot|htdocs|public_html|web|root|data|mysql|users)\.(?:sql|tar|tar\.gz|tgz|zip|rar|7z|gz|bak|mdb|sqlite3?)$"`,
    help: 'A copy of a program or database that somebody may have left behind.',
    examples: {
      attacks: [
        { target: '/config.php.bak' },
        { target: '/index.php~' },
        { target: '/backup.sql' },
        { target: '/wwwroot.zip' },
      ],
      benign: [{ target: '/downloads/tidegate-1.0.tar.gz' }, { target: '/backup' }, { target: '/a.txt' }],
    },
  },
  {
    id: 'probe-web-shell',
    class: 'scanner',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.source eq "path" and waf.value matches r"(?i)/(?:c99|c100|r57|wso\d*|b374k|alfa(?:new|cgiapi)?|indoxploit|weevely|cmd|shell\d*|webshell|backdoor|mini|up(?:load)?er|adminer-\d|marijuana|gel4y|leafmailer|priv8|0x\w{0,8}|xmrlpc|wp-(?:22|conflg|l0gin)|about\.php7|chosen|autoload_classmap|lock360|radio|fm1|simple-backdoor|php-?backdoor|php-reverse-shell|jspspy|cmdjsp|aspxspy|browser|antsword)\.(?:php\d?|phtml|jspx?|aspx?|cgi|pl)$" and not waf.value matches r"(?i)/(?:browser|radio|chosen|mini)\.(?:jspx?|aspx?)$"`,
    help: 'The name of a web shell that an earlier intruder may have left.',
    examples: {
      attacks: [{ target: '/uploads/c99.php' }, { target: '/wso.php' }, { target: '/cmd.jsp' }],
      benign: [{ target: '/shell.html' }, { target: '/index.php' }],
    },
  },
  {
    id: 'probe-admin-tool',
    class: 'scanner',
    sensitivity: 'medium',
    weight: 2,
    when: String.raw`waf.value.source eq "path" and waf.value matches r"(?i)^/(?:phpmyadmin|pma|myadmin|mysqladmin|adminer(?:-[\d.]+)?\.php|manager/(?:html|text|status)|host-manager/html|jmx-console|web-console/|server-status|server-info|actuator/(?:env|heapdump|threaddump|mappings|configprops|loggers|jolokia|trace|beans)|heapdump|debug/(?:pprof|default/view)|telescope/requests|_profiler/\w|trace\.axd|elmah\.axd|jenkins/script|script$|solr/admin|v\d\.\d+/containers/json|containers/json|api/v1/namespaces|_cat/indices|_all_dbs|info\.php|test\.php|phpinfo|console/?$|horde/imp|wp-admin/(?:install|setup-config)\.php|installer?/index\.php)"`,
    help: 'The start page of an administration tool; a sign only where no such tool is meant to be reached.',
    examples: {
      attacks: [{ target: '/phpmyadmin/index.php' }, { target: '/actuator/heapdump' }],
      benign: [{ target: '/admin' }, { target: '/console/home' }],
    },
  },
]
