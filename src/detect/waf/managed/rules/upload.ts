import type { ManagedRule } from '../managed-rule.ts'
import type { RequestSample } from '../sample.ts'

/** A form that uploads one file. */
function upload(name: string, content: string, type = 'application/octet-stream'): RequestSample {
  const head = `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`
  return {
    method: 'POST',
    target: '/upload',
    contentType: 'multipart/form-data; boundary=b',
    body: `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`,
  }
}

const GIF = 'GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff'
const PNG = '\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR'

/** Files that are not what they say, or that a server would run. */
export const UPLOAD_RULES: readonly ManagedRule[] = [
  {
    id: 'upload-server-script',
    class: 'upload',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.file.name matches r"\.\s?(?:php\d?|phtml|phar|pht|phps|php-s|shtml|asp|aspx|ashx|asmx|ascx|asa|cer|cdx|jsp|jspx|jspf|jsw|jsv|war|cfm|cfml|cgi|fcgi)(?:[.\s/\\;:%\x00]|$)|(?:^|[/\\])(?:\.htaccess|\.htpasswd|\.user\.ini|web\.config)$"`,
    help: 'The name of a file that a web server would run or obey, also in front of a harmless extension.',
    examples: {
      attacks: [
        upload('shell.php', 'x'),
        upload('a.php.jpg', GIF, 'image/gif'),
        upload('.htaccess', 'x'),
        upload('x.asp;.jpg', 'x'),
      ],
      benign: [
        upload('photo.jpg', GIF, 'image/jpeg'),
        upload('aspect.pdf', '%PDF-1.7', 'application/pdf'),
        upload('php-manual.pdf', '%PDF-1.7'),
      ],
    },
  },
  {
    id: 'upload-header-script',
    class: 'upload',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.source eq "header" and waf.value.name in {"x-filename" "x_filename" "x.filename" "x-file-name" "content-disposition" "slug"} and waf.value matches r#"(?i)\.\s?(?:php\d?|phtml|phar|pht|phps|shtml|asp|aspx|ashx|asmx|asa|cer|jsp|jspx|jspf|war|cfm)(?:[.\s/\\;:%\x00"']|$)"#`,
    help: 'The name of a file that a web server would run, in a header that upload scripts read.',
    examples: {
      attacks: [{ method: 'PUT', target: '/upload', headers: ['X-Filename', 'a.php..'], body: 'x' }],
      benign: [{ method: 'PUT', target: '/upload', headers: ['X-Filename', 'a.jpg'], body: 'x' }],
    },
  },
  {
    id: 'upload-program',
    class: 'upload',
    sensitivity: 'high',
    weight: 5,
    when: String.raw`waf.file.name matches r"\.(?:exe|dll|scr|com|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|jar|sh|py|pl|rb|lnk|iso|reg)$" or waf.file.type in {"elf" "pe" "macho" "class" "lnk"}`,
    help: 'A program or script, for sites to which only documents and pictures are uploaded.',
    examples: {
      attacks: [upload('setup.exe', 'MZ'), upload('x.sh', '#!/bin/sh')],
      benign: [upload('a.docx', 'PK\x03\x04')],
    },
  },
  {
    id: 'upload-php-code',
    class: 'upload',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.file.head matches r"<\?(?:php\s|=\s?[\w$\x60@('])|<script\s[^>]{0,40}language\s?=\s?.?php" and not waf.file.name matches r"\.(?:md|txt|html?|pdf|docx?|zip)$"`,
    help: 'PHP code inside an uploaded file, such as a picture.',
    examples: {
      attacks: [upload('a.gif', `${GIF}<?php system($_GET[1]); ?>`, 'image/gif'), upload('x', '<?=`$_GET[1]`?>')],
      benign: [upload('a.gif', GIF, 'image/gif'), upload('a.xml', '<?xml version="1.0"?><a/>')],
    },
  },
  {
    id: 'upload-jsp-code',
    class: 'upload',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.file.head matches r"(?i)<%@?\s?(?:page\s+(?:import|language|contentType)|@\s?page|Runtime\.getRuntime|eval\s?request|execute\s?\(\s?request)|<jsp:root|Runtime\.getRuntime\(\)\.exec" and not waf.file.name matches r"\.(?:md|txt|html?|pdf|docx?|java|zip)$"`,
    help: 'Code of Java or ASP server pages inside an uploaded file.',
    examples: {
      attacks: [upload('a.png', '<%@ page import="java.io.*" %><% Runtime.getRuntime().exec("id"); %>', 'image/png')],
      benign: [upload('a.png', PNG, 'image/png')],
    },
  },
  {
    id: 'upload-type-mismatch',
    class: 'upload',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`(waf.file.media_type matches r"^(?:image|audio|video|font)/" or waf.file.name matches r"\.(?:jpe?g|png|gif|webp|bmp|ico|mp[34]|woff2?)$") and waf.file.type in {"php" "html" "elf" "pe" "macho" "jsp" "asp" "shtml" "shell" "perl" "python" "ruby" "javascript" "class" "java-serialized"}`,
    help: 'A program, page or script that is sent as a picture, sound or font.',
    examples: {
      attacks: [
        upload('a.jpg', '<html><script>alert(1)</script></html>', 'image/jpeg'),
        upload('a.png', '\x7fELF\x02\x01\x01\x00', 'image/png'),
      ],
      benign: [upload('a.png', PNG, 'image/png'), upload('a.html', '<html></html>', 'text/html')],
    },
  },
  {
    id: 'upload-svg-script',
    class: 'upload',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.file.head matches r"(?i)<svg[\s>]" and waf.file.head matches r#"(?i)<script[\s>/]|\son(?:load|click|error|mouse\w{2,8}|begin|end|focus\w{0,3})\s?=|(?:href|src)\s?=\s?['"]?\s?(?:javascript|data:text/html)|<foreignObject|<!ENTITY"#`,
    help: 'An SVG picture with script in it, which runs in the browser of whoever opens it.',
    examples: {
      attacks: [upload('a.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'image/svg+xml')],
      benign: [upload('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', 'image/svg+xml')],
    },
  },
  {
    id: 'upload-external-entity',
    class: 'upload',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.file.head matches r"(?i)<!ENTITY\s+(?:%\s?)?[\w.:-]{1,60}\s+(?:SYSTEM|PUBLIC)\s"`,
    help: 'An uploaded XML document that reads files or URLs when it is parsed.',
    examples: {
      attacks: [upload('a.xml', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'text/xml')],
      benign: [upload('a.xml', '<a/>', 'text/xml')],
    },
  },
  {
    id: 'upload-image-exploit',
    class: 'upload',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.file.head matches r#"(?i)push\s+graphic-context\s+viewbox[^\x00]{0,400}(?:url\(|https?:|\||ephemeral:|msl:|label:)|^%!PS[^\x00]{0,1000}(?:%pipe%|\.libfile|OutputFile)|\(metadata\s+"[^\x00]{0,100}\$\{"#`,
    help: 'A picture or PostScript file that makes ImageMagick, Ghostscript or ExifTool run commands (CVE-2016-3714, CVE-2018-16509, CVE-2021-22204).',
    examples: {
      attacks: [
        upload(
          'a.mvg',
          'push graphic-context\nviewbox 0 0 640 480\nfill \'url(https://x.test/"|id")\'\npop graphic-context',
          'image/png',
        ),
      ],
      benign: [upload('a.eps', '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1', 'application/postscript')],
    },
  },
  {
    id: 'upload-name-path',
    class: 'upload',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.file.name matches r"\.\.[/\\]|^[/\\]|\x00|%00|%2e%2e|%2f|[|;\x60]\s?\w|\$\("`,
    help: 'A file name with folders or commands in it: writes somewhere else, or runs something.',
    examples: {
      attacks: [upload('../../var/www/x.txt', 'x'), upload('a.jpg;sleep 5', 'x'), upload('/etc/cron.d/x', 'x')],
      benign: [upload('my photo (1).jpg', GIF), upload('C:\\Users\\me\\a.jpg', GIF)],
    },
  },
  {
    id: 'upload-virus-test',
    class: 'upload',
    sensitivity: 'low',
    weight: 5,
    when: String.raw`waf.file.head contains "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"`,
    help: 'The test file of virus scanners (EICAR).',
    examples: {
      attacks: [upload('e.com', 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*')],
      benign: [upload('e.txt', 'EICAR is an institute')],
    },
  },
]
