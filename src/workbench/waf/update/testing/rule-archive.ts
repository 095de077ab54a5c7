import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { create } from 'tar'

/** A gzipped tar archive of text files below one folder, as releases are packed. */
export function packArchive(files: Readonly<Record<string, string>>, top = 'rules-1.0.0'): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-archive-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, top, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const archive = join(folder, 'archive.tar.gz')
    create({ cwd: folder, file: archive, gzip: true, sync: true }, [top])
    return readFileSync(archive)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A small rule set with two rules and a test of one of them. */
export function smallRelease(version: string, pattern: string): Record<string, string> {
  return {
    'crs-setup.conf.example': 'SecDefaultAction "phase:2,pass,log"\n',
    'rules/REQUEST-901-TEST.conf': `SecComponentSignature "OWASP_CRS/${version}"
SecRule ARGS "@rx ${pattern}" "id:901,phase:2,deny,status:403,msg:'Bad word',tag:'paranoia-level/1'"
SecRule REQUEST_METHOD "@streq TRACE" "id:902,phase:1,deny,msg:'Bad method'"
`,
    'tests/regression/tests/TEST/901.yaml': `---
meta:
  author: nobody
rule_id: 901
tests:
  - test_id: 1
    desc: the word is found
    stages:
      - input: { method: GET, uri: '/?q=evil', headers: { Host: localhost } }
        output: { log: { expect_ids: [901] } }
  - test_id: 2
    desc: another word is not
    stages:
      - input: { method: GET, uri: '/?q=good', headers: { Host: localhost } }
        output: { log: { no_expect_ids: [901] } }
`,
    'README.md': 'not kept',
  }
}
