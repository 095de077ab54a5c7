import type { ManagedRule } from '../managed-rule.ts'
import type { RequestSample } from '../sample.ts'

function answer(body: string, status = 200, contentType = 'text/html'): RequestSample {
  return { response: { status, contentType, body } }
}

/** What an answer should not contain. */
export const LEAK_RULES: readonly ManagedRule[] = [
  {
    id: 'leak-sql-error',
    class: 'leak',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.response.body matches r"(?i)you have an error in your sql syntax; check the manual|warning.{0,20}\Wmysqli?_|unclosed quotation mark (?:before|after) the character string|quoted string not properly terminated|\bORA-[0-9]{5}: |PG::SyntaxError|pg_(?:query|exec)\(\)(?:: | \[)|psycopg2\.errors\.|PSQLException: ERROR|unterminated quoted string at or near|SQLite3?::SQLException|sqlite3\.OperationalError|SQLSTATE\[[0-9A-Z]{5}\]|Microsoft OLE DB Provider for|\[(?:Microsoft|MySQL)\]\[ODBC |System\.Data\.SqlClient\.SqlException|com\.mysql\.(?:jdbc|cj)\.\w{0,20}\.?exceptions|org\.hibernate\.exception|DB2 SQL error|Sybase message:|Incorrect syntax near '"`,
    help: 'An error message of a database, which tells an attacker how the query is built.',
    examples: {
      attacks: [
        answer('You have an error in your SQL syntax; check the manual that corresponds'),
        answer('SQLSTATE[42000]: Syntax error'),
      ],
      benign: [answer('<p>Learn SQL in ten days</p>')],
    },
  },
  {
    id: 'leak-stack-trace',
    class: 'leak',
    sensitivity: 'medium',
    weight: 3,
    when: String.raw`waf.response.body matches r"Traceback \(most recent call last\):|\sat (?:java|javax|org|com|jdk|sun)\.[\w.$]{3,120}\([\w$]{1,60}\.java:[0-9]{1,6}\)" or waf.response.body matches r"<b>(?:Fatal error|Warning|Parse error|Notice|Deprecated)</b>:.{0,400} on line <b>[0-9]{1,6}</b>|PHP (?:Fatal error|Parse error|Warning):  .{0,400} on line [0-9]" or waf.response.body matches r"\[(?:\w{1,30}Exception|HttpUnhandled\w{1,20}).{0,4}: .{0,300}\]|Server Error in '/.{0,60}' Application|(?:app|lib)/[\w/.-]{1,120}\.rb:[0-9]{1,5}:in |    at [\w.<>$ ]{1,80} \((?:/|file:|[A-Z]:\\)[^)]{1,200}:[0-9]{1,6}:[0-9]{1,5}\)|goroutine [0-9]{1,6} \[running\]:|thread '\w{1,30}' panicked at"`,
    help: 'A stack trace or error page of a language: shows paths, versions and the code that failed.',
    examples: {
      attacks: [
        answer('Traceback (most recent call last):\n  File "/app/x.py", line 1'),
        answer('java.lang.NullPointerException\n\tat com.shop.Cart.add(Cart.java:42)'),
        answer('<b>Fatal error</b>: Uncaught Error in /var/www/x.php on line <b>3</b>'),
      ],
      benign: [answer('We are at java.net'), answer('<b>Warning</b>: hot')],
    },
  },
  {
    id: 'leak-directory-listing',
    class: 'leak',
    sensitivity: 'medium',
    weight: 3,
    when: String.raw`waf.response.body matches r#"(?i)<title>(?:Index of /|Directory listing (?:for|of) /|Listing of /)|<h1>Index of /|\[To Parent Directory\]</a>|<pre><a href="\?C=N;O=D">"#`,
    help: 'A list of files that the server makes where no start page is.',
    examples: {
      attacks: [answer('<title>Index of /backup</title>')],
      benign: [answer('<title>Index of topics</title>')],
    },
  },
  {
    id: 'leak-private-key',
    class: 'leak',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.response.body matches r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----[\s\\nr]{1,8}[A-Za-z0-9+/=:]{16}"`,
    help: 'A private key.',
    examples: {
      attacks: [answer('-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAxyzabcdefgh', 200, 'text/plain')],
      benign: [
        answer('-----BEGIN CERTIFICATE-----\nMIID'),
        answer('paste the text from -----BEGIN PRIVATE KEY----- on'),
      ],
    },
  },
  {
    id: 'leak-system-file',
    class: 'leak',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.response.body matches r"root:[x*!]?:0:0:[^:\n]{0,60}:/|daemon:[x*]:1:1:|root:\$(?:1|5|6|y)\$[\w./$]{8,120}:[0-9]{1,6}:|; for 16-bit app support\s{0,4}\[fonts\]|\[boot loader\]\s{0,4}timeout="`,
    help: 'The content of a file of the operating system, such as the list of accounts.',
    examples: {
      attacks: [answer('root:x:0:0:root:/root:/bin/bash', 200, 'text/plain')],
      benign: [answer('root: the part of a plant')],
    },
  },
  {
    id: 'leak-source-code',
    class: 'leak',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`http.response.code in {200..299} and waf.response.body matches r"^\s{0,8}(?:<\?php\s|<%@\s?page\s|#!/usr/bin/(?:env )?(?:perl|python|php|ruby))"`,
    help: 'The source code of a program that should have been run.',
    examples: {
      attacks: [answer('<?php\n$db = new PDO("mysql:...");')],
      benign: [answer('<?xml version="1.0"?><a/>'), answer('In PHP write <?php first')],
    },
  },
  {
    id: 'leak-configuration',
    class: 'leak',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.response.body matches r"(?:^|[\r\n])(?:export )?(?:DB_PASSWORD|MYSQL_ROOT_PASSWORD|POSTGRES_PASSWORD|AWS_SECRET_ACCESS_KEY|APP_KEY|SECRET_KEY_BASE|JWT_SECRET|MAIL_PASSWORD|STRIPE_SECRET_KEY|REDIS_PASSWORD|DATABASE_URL)=[^\s<]{4}|aws_secret_access_key\s?=\s?[A-Za-z0-9/+]{40}|define\(\s?'DB_PASSWORD',\s?'[^']|\[core\]\s{1,4}repositoryformatversion"`,
    help: 'Passwords and keys of a configuration file, or the configuration of a repository.',
    examples: {
      attacks: [
        answer('APP_ENV=production\nDB_PASSWORD=hunter22\n', 200, 'text/plain'),
        answer("define('DB_PASSWORD', 'x');"),
      ],
      benign: [answer('Set DB_PASSWORD in your environment'), answer('DB_PASSWORD=')],
    },
  },
  {
    id: 'leak-web-shell',
    class: 'leak',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.response.body matches r"(?i)<title>\s?(?:c99shell|r57shell|r57 shell|b374k|wso [0-9.]{1,5}|alfa team|indoxploit|ani-shell|lostdc|mini shell|php web shell|simattacker|stunshell|weevely|gny\.shell|phpspy|jspspy|aspxspy|lifka shell|symlink_sa|zedd shell)|uid=[0-9]{1,6}\([\w-]{1,32}\) gid=[0-9]{1,6}\([\w-]{1,32}\)"`,
    help: 'The page of a web shell, or the answer of a command that tells who runs it.',
    examples: {
      attacks: [answer('<title>b374k 3.2</title>'), answer('uid=33(www-data) gid=33(www-data) groups=33(www-data)')],
      benign: [answer('<title>Shell</title>')],
    },
  },
  {
    id: 'leak-phpinfo',
    class: 'leak',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.response.body matches r"<title>(?:PHP [0-9.]{1,12}[\w+.-]{0,20} - )?phpinfo\(\)</title>"`,
    help: 'The page that shows the whole configuration of PHP.',
    examples: {
      attacks: [answer('<title>PHP 8.2.1 - phpinfo()</title>')],
      benign: [answer('<title>About phpinfo</title>')],
    },
  },
]
