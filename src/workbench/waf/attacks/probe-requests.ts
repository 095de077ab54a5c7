import type { RequestSample } from '#detect'

const get = (target: string): RequestSample => ({ target })

const AGENTS = [
  'sqlmap/1.8.2#stable (https://sqlmap.org)',
  'Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:map_codes)',
  'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)',
  'masscan/1.3 (https://github.com/robertdavidgraham/masscan)',
  'Mozilla/5.0 zgrab/0.x',
  'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)',
  'Fuzz Faster U Fool v2.1.0',
  'gobuster/3.6',
  'feroxbuster/2.10.1',
  'DirBuster-1.0-RC1 (http://www.owasp.org/index.php/Category:OWASP_DirBuster_Project)',
  'Wfuzz/3.1.0',
  'WPScan v3.8.25 (https://wpscan.com/wordpress-security-scanner)',
  'Mozilla/5.0 (compatible; w3af.org)',
  'Arachni/v1.6.1.3',
  'Mozilla/5.0 (X11; Linux) AppleWebKit OpenVAS 9.0.3',
  'Acunetix Web Vulnerability Scanner',
  'commix/v3.9-stable (https://commixproject.com)',
  'WhatWeb/0.5.5',
  'ZmEu',
  'Morfeus Fucking Scanner',
  'Havij',
  'Mozilla/5.0 (Hydra)',
  'dalfox/v2.9',
  'l9explore/1.2.2',
] as const

const PATHS = [
  '/.env',
  '/.env.production',
  '/api/.env',
  '/.git/config',
  '/.git/HEAD',
  '/.svn/entries',
  '/.hg/requires',
  '/.htpasswd',
  '/.aws/credentials',
  '/.ssh/id_rsa',
  '/id_rsa',
  '/.bash_history',
  '/.docker/config.json',
  '/.npmrc',
  '/.DS_Store',
  '/docker-compose.yml',
  '/wp-config.php.bak',
  '/wp-config.php~',
  '/wp-config.txt',
  '/web.config.bak',
  '/config.php.old',
  '/index.php.save',
  '/database.sql',
  '/backup.zip',
  '/backup.tar.gz',
  '/dump.sql',
  '/www.rar',
  '/application.properties',
  '/appsettings.json',
  '/phpinfo.php',
  '/c99.php',
  '/uploads/wso.php',
  '/r57.php',
  '/images/b374k.php',
  '/cmd.jsp',
  '/shell.aspx',
  '/alfa.php',
  '/credentials.json',
  '/nessus_is_probing_you_x',
  '/nuclei.svg?x=1',
] as const

/** What scanners say and ask for. */
export const SCANNER_REQUESTS: readonly RequestSample[] = [
  ...AGENTS.map((agent): RequestSample => ({ target: '/', headers: ['User-Agent', agent] })),
  ...PATHS.map(get),
  { target: '/', headers: ['Acunetix-Product', 'WVS/14.0 (Acunetix)'] },
  { target: '/', headers: ['X-Scanner', 'Netsparker'] },
  get('/?x=acunetix_wvs_security_test'),
  get('/?x=netsparker(0x00001)'),
]

/** Misuse of HTTP. */
export const PROTOCOL_REQUESTS: readonly RequestSample[] = [
  get('/?url=/a%0d%0aSet-Cookie:%20sid=evil'),
  get('/?next=%0d%0aLocation:%20http://evil.test/'),
  get('/?x=%0aContent-Type:%20text/html%0a%0a%3Cscript%3E'),
  get('/?x=a%0d%0a%0d%0aHTTP/1.1%20200%20OK%0d%0aContent-Type:%20text/html'),
  get('/redirect/%0d%0aSet-Cookie:%20a=b'),
  get('/?lang=en%E5%98%8A%E5%98%8DSet-Cookie:%20a=b%0d%0aSet-Cookie:%20a=b'),
  get('/?x=a%0d%0a%0d%0aGET%20/admin%20HTTP/1.1%0d%0aHost:%20a'),
  get('/contact?email=a%40b.test%0aBcc:%20c%40d.test'),
  get('/contact?subject=Hi%0d%0aTo:%20all%40d.test'),
  {
    method: 'POST',
    target: '/contact',
    contentType: 'application/x-www-form-urlencoded',
    body: 'from=a%40b.test%0d%0aCc:%20x%40y.test&message=hi',
  },
  get('/?file=a%00.jpg'),
  get('/a%00b'),
  get('/?id=1%00'),
  { target: '/', headers: ['Range', 'bytes=0-,5-0,5-1,5-2,5-3,5-4,5-5,5-6,5-7,5-8,5-9,5-10'] },
  { target: '/', headers: ['Proxy', 'http://evil.test:3128'] },
  { target: '/', headers: ['X-Original-URL', '/admin/delete'] },
  { target: '/', headers: ['X-Rewrite-URL', '/admin'] },
  { method: 'TRACE', target: '/' },
  { method: 'TRACK', target: '/' },
  { method: 'DEBUG', target: '/x.aspx' },
  { target: '/', headers: ['Host', 'shop.test"><script>'] },
  { target: '/', headers: ['X-Forwarded-Host', 'evil.test"><script src=//evil.test>'] },
  { method: 'POST', target: '/', contentType: 'application/x-www-form-urlencoded; charset=ibm037', body: 'x=1' },
  { method: 'POST', target: '/', contentType: 'application/json; charset=utf-7', body: '{}' },
  {
    method: 'POST',
    target: '/upload',
    contentType: 'multipart/form-data; boundary=b',
    body: '--b\r\nContent-Disposition: form-data; name="a"; name="b"\r\n\r\nx\r\n--b--\r\n',
  },
]

const NONE_TOKENS = [
  'eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiJ9.',
  'eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
  'eyJhbGciOiJOb25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiJ9.',
  'eyJhbGciOiJOT05FIn0.eyJzdWIiOiJhZG1pbiJ9.',
] as const

/** Attacks on sessions and tokens. */
export const SESSION_REQUESTS: readonly RequestSample[] = [
  ...NONE_TOKENS.map((token): RequestSample => ({ target: '/api/me', headers: ['Authorization', `Bearer ${token}`] })),
  { target: '/', headers: ['Cookie', `token=${NONE_TOKENS[0]}`] },
  get('/?q=%3Cmeta%20http-equiv=%22Set-Cookie%22%20content=%22sid=1%22%3E'),
  get('/?q=%22;document.cookie=%22PHPSESSID=1%22;//'),
]

function upload(name: string, content: string, type: string): RequestSample {
  const head = `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`
  const body = `------x\r\n${head}\r\n\r\n${content}\r\n------x--\r\n`
  return { method: 'POST', target: '/upload', contentType: 'multipart/form-data; boundary=----x', body }
}

const GIF = 'GIF89a\x01\x00\x01\x00\x80\x00\x00'
const JPEG = '\xff\xd8\xff\xe0\x00\x10JFIF\x00'

/** Files that a server would run, or that are not what they say. */
export const UPLOAD_REQUESTS: readonly RequestSample[] = [
  upload('shell.php', '<?php system($_GET[1]);', 'application/x-php'),
  upload('shell.php5', 'x', 'text/plain'),
  upload('shell.phtml', 'x', 'text/plain'),
  upload('shell.phar', 'x', 'text/plain'),
  upload('shell.php.jpg', JPEG, 'image/jpeg'),
  upload('shell.jpg.php', JPEG, 'image/jpeg'),
  upload('shell.pHp', 'x', 'image/jpeg'),
  upload('shell.php%00.jpg', JPEG, 'image/jpeg'),
  upload('shell.asp;.jpg', 'x', 'image/jpeg'),
  upload('shell.aspx', '<%@ Page Language="C#" %>', 'text/plain'),
  upload('shell.jsp', '<%@ page import="java.io.*" %>', 'text/plain'),
  upload('shell.war', 'PK\x03\x04', 'application/zip'),
  upload('.htaccess', 'AddType application/x-httpd-php .jpg', 'text/plain'),
  upload('.user.ini', 'auto_prepend_file=x.jpg', 'text/plain'),
  upload('web.config', '<configuration/>', 'text/xml'),
  upload('x.shtml', '<!--#exec cmd="id"-->', 'text/html'),
  upload('cat.gif', `${GIF}<?php eval($_POST[1]); ?>`, 'image/gif'),
  upload('cat.jpg', `${JPEG}<?=\`$_GET[1]\`?>`, 'image/jpeg'),
  upload('cat.png', '<html><body><script>alert(1)</script></body></html>', 'image/png'),
  upload('cat.png', '\x7fELF\x02\x01\x01\x00\x00', 'image/png'),
  upload('cat.jpg', 'MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00', 'image/jpeg'),
  upload('cat.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'image/svg+xml'),
  upload('cat.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml'),
  upload('a.xml', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'text/xml'),
  upload(
    'a.mvg',
    "push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 'https://x.test/\"|id'\npop graphic-context",
    'image/png',
  ),
  upload('../../var/www/html/x.txt', 'x', 'text/plain'),
  upload('a.jpg;sleep 10', 'x', 'image/jpeg'),
  upload('$(id).jpg', 'x', 'image/jpeg'),
  upload('e.com', 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*', 'application/octet-stream'),
]
