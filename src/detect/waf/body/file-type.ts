import { byteString } from './byte-text.ts'

/** What the first bytes of a file say it is. */
export interface FileType {
  /** Short name: `png`, `pdf`, `zip`, `php`, `elf` ... */
  readonly name: string
  readonly mediaType: string
}

interface Signature extends FileType {
  /** Byte strings by their offset; all must stand there. */
  readonly marks: readonly (readonly [offset: number, bytes: string])[]
}

/** By first bytes, the longer and more special marks before those that they contain. */
const SIGNATURES: readonly Signature[] = [
  { name: 'png', mediaType: 'image/png', marks: [[0, '\x89PNG\r\n\x1a\n']] },
  { name: 'jpeg', mediaType: 'image/jpeg', marks: [[0, '\xff\xd8\xff']] },
  { name: 'gif', mediaType: 'image/gif', marks: [[0, 'GIF87a']] },
  { name: 'gif', mediaType: 'image/gif', marks: [[0, 'GIF89a']] },
  {
    name: 'webp',
    mediaType: 'image/webp',
    marks: [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  },
  {
    name: 'wav',
    mediaType: 'audio/wav',
    marks: [
      [0, 'RIFF'],
      [8, 'WAVE'],
    ],
  },
  {
    name: 'avi',
    mediaType: 'video/x-msvideo',
    marks: [
      [0, 'RIFF'],
      [8, 'AVI '],
    ],
  },
  { name: 'avif', mediaType: 'image/avif', marks: [[4, 'ftypavif']] },
  { name: 'heic', mediaType: 'image/heic', marks: [[4, 'ftyphei']] },
  { name: 'heic', mediaType: 'image/heic', marks: [[4, 'ftypmif1']] },
  { name: 'mov', mediaType: 'video/quicktime', marks: [[4, 'ftypqt']] },
  { name: 'mp4', mediaType: 'video/mp4', marks: [[4, 'ftyp']] },
  {
    name: 'bmp',
    mediaType: 'image/bmp',
    marks: [
      [0, 'BM'],
      [6, '\0\0\0\0'],
    ],
  },
  { name: 'tiff', mediaType: 'image/tiff', marks: [[0, 'II*\0']] },
  { name: 'tiff', mediaType: 'image/tiff', marks: [[0, 'MM\0*']] },
  { name: 'ico', mediaType: 'image/x-icon', marks: [[0, '\0\0\x01\0']] },
  { name: 'pdf', mediaType: 'application/pdf', marks: [[0, '%PDF-']] },
  { name: 'postscript', mediaType: 'application/postscript', marks: [[0, '%!PS']] },
  { name: 'rtf', mediaType: 'application/rtf', marks: [[0, '{\\rtf']] },
  { name: 'ole', mediaType: 'application/x-ole-storage', marks: [[0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1']] },
  { name: 'gzip', mediaType: 'application/gzip', marks: [[0, '\x1f\x8b\x08']] },
  { name: 'bzip2', mediaType: 'application/x-bzip2', marks: [[0, 'BZh']] },
  { name: 'xz', mediaType: 'application/x-xz', marks: [[0, '\xfd7zXZ\0']] },
  { name: 'zstd', mediaType: 'application/zstd', marks: [[0, '\x28\xb5\x2f\xfd']] },
  { name: '7z', mediaType: 'application/x-7z-compressed', marks: [[0, '7z\xbc\xaf\x27\x1c']] },
  { name: 'rar', mediaType: 'application/vnd.rar', marks: [[0, 'Rar!\x1a\x07']] },
  { name: 'tar', mediaType: 'application/x-tar', marks: [[257, 'ustar']] },
  { name: 'deb', mediaType: 'application/vnd.debian.binary-package', marks: [[0, '!<arch>\ndebian']] },
  { name: 'elf', mediaType: 'application/x-elf', marks: [[0, '\x7fELF']] },
  { name: 'macho', mediaType: 'application/x-mach-binary', marks: [[0, '\xcf\xfa\xed\xfe']] },
  { name: 'macho', mediaType: 'application/x-mach-binary', marks: [[0, '\xce\xfa\xed\xfe']] },
  { name: 'class', mediaType: 'application/java-vm', marks: [[0, '\xca\xfe\xba\xbe\0\0\0']] },
  { name: 'java-serialized', mediaType: 'application/x-java-serialized-object', marks: [[0, '\xac\xed\0\x05']] },
  { name: 'wasm', mediaType: 'application/wasm', marks: [[0, '\0asm']] },
  { name: 'lnk', mediaType: 'application/x-ms-shortcut', marks: [[0, 'L\0\0\0\x01\x14\x02\0']] },
  { name: 'cab', mediaType: 'application/vnd.ms-cab-compressed', marks: [[0, 'MSCF']] },
  { name: 'sqlite', mediaType: 'application/vnd.sqlite3', marks: [[0, 'SQLite format 3\0']] },
  { name: 'mp3', mediaType: 'audio/mpeg', marks: [[0, 'ID3']] },
  { name: 'mp3', mediaType: 'audio/mpeg', marks: [[0, '\xff\xfb']] },
  { name: 'ogg', mediaType: 'application/ogg', marks: [[0, 'OggS']] },
  { name: 'flac', mediaType: 'audio/flac', marks: [[0, 'fLaC']] },
  { name: 'webm', mediaType: 'video/webm', marks: [[0, '\x1a\x45\xdf\xa3']] },
  { name: 'woff', mediaType: 'font/woff', marks: [[0, 'wOFF']] },
  { name: 'woff2', mediaType: 'font/woff2', marks: [[0, 'wOF2']] },
  { name: 'ttf', mediaType: 'font/ttf', marks: [[0, '\0\x01\0\0\0']] },
  { name: 'otf', mediaType: 'font/otf', marks: [[0, 'OTTO']] },
]

/** The marks that tell documents from plain archives: names of the first entries. */
const ZIP_CONTENTS: readonly (readonly [mark: RegExp, type: FileType])[] = [
  [/word\//, { name: 'docx', mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' }],
  [/xl\//, { name: 'xlsx', mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }],
  [/ppt\//, { name: 'pptx', mediaType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation' }],
  [/\[Content_Types\]\.xml/, { name: 'ooxml', mediaType: 'application/vnd.openxmlformats-officedocument' }],
  [/^.{30}mimetypeapplication\/epub\+zip/s, { name: 'epub', mediaType: 'application/epub+zip' }],
  [/^.{30}mimetypeapplication\/vnd\.oasis/s, { name: 'odf', mediaType: 'application/vnd.oasis.opendocument' }],
  [/AndroidManifest\.xml/, { name: 'apk', mediaType: 'application/vnd.android.package-archive' }],
  [/META-INF\/|WEB-INF\//, { name: 'jar', mediaType: 'application/java-archive' }],
]

const ZIP: FileType = { name: 'zip', mediaType: 'application/zip' }

/** Interpreters of `#!` lines and what their scripts are called. */
const INTERPRETERS: readonly (readonly [interpreter: RegExp, type: FileType])[] = [
  [/php/, { name: 'php', mediaType: 'application/x-httpd-php' }],
  [/python/, { name: 'python', mediaType: 'text/x-python' }],
  [/perl/, { name: 'perl', mediaType: 'text/x-perl' }],
  [/ruby/, { name: 'ruby', mediaType: 'text/x-ruby' }],
  [/node|deno|bun\b/, { name: 'javascript', mediaType: 'text/javascript' }],
  [/(?:ba|da|z|k|c|tc|fi)?sh\b/, { name: 'shell', mediaType: 'application/x-sh' }],
]

/** Texts by how they begin, white space and a byte order mark aside; anchored, so that prose about them is not meant. */
const TEXT_STARTS: readonly (readonly [start: RegExp, type: FileType])[] = [
  [/^<\?(?:php\b|=)/i, { name: 'php', mediaType: 'application/x-httpd-php' }],
  [/^<%@?\s*(?:page|taglib|import|include)\b/i, { name: 'jsp', mediaType: 'application/x-jsp' }],
  [/^<%/, { name: 'asp', mediaType: 'application/x-asp' }],
  [/^<!--\s*#(?:exec|include|echo|config)\b/i, { name: 'shtml', mediaType: 'text/x-server-parsed-html' }],
  [/^<(?:!doctype\s+svg|svg)\b/i, { name: 'svg', mediaType: 'image/svg+xml' }],
  [
    /^<(?:!doctype\s+html|html|head|body|script|iframe|title|table|div|style|meta)\b/i,
    { name: 'html', mediaType: 'text/html' },
  ],
  [/^<\?xml\b[^<]{0,300}(?:<!--[^<]{0,300})?(?:<!doctype\s+svg|<svg)\b/i, { name: 'svg', mediaType: 'image/svg+xml' }],
  [/^<\?xml\b/i, { name: 'xml', mediaType: 'application/xml' }],
]

// Enough for the first entries of an office document, and for white space before a text.
const TEXT_HEAD_BYTES = 4096

/** Type of a file by its first bytes (a few KiB are enough); undefined when nothing is recognised. */
export function fileType(head: Uint8Array): FileType | undefined {
  const text = byteString(head, 0, Math.min(head.length, TEXT_HEAD_BYTES))
  return bySignature(text) ?? byStructure(text) ?? byText(text)
}

function bySignature(text: string): FileType | undefined {
  for (const { name, mediaType, marks } of SIGNATURES) {
    if (marks.every(([offset, bytes]) => text.startsWith(bytes, offset))) return { name, mediaType }
  }
  return undefined
}

function byStructure(text: string): FileType | undefined {
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) {
    return ZIP_CONTENTS.find(([mark]) => mark.test(text))?.[1] ?? ZIP
  }
  if (!text.startsWith('MZ') || text.length < 0x40) return undefined
  return { name: 'pe', mediaType: 'application/vnd.microsoft.portable-executable' }
}

function byText(text: string): FileType | undefined {
  const start = text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text
  if (start.startsWith('#!')) {
    const line = start.slice(2, 130).split('\n', 1)[0]
    return INTERPRETERS.find(([interpreter]) => interpreter.test(line))?.[1]
  }
  const trimmed = start.trimStart()
  return TEXT_STARTS.find(([pattern]) => pattern.test(trimmed))?.[1]
}
