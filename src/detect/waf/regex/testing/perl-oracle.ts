import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface OracleQuestion {
  readonly pattern: string
  readonly values: readonly string[]
}

/** For each value begin and end of the match and of each group, -1 where there is none. */
export type OracleAnswer = readonly OracleMatch[] | { readonly refused: string }

export type OracleMatch = readonly number[] | 'no match' | 'too slow'

/**
 * Reads a line for each pattern: pattern and values in hexadecimal, and answers with offsets. Perl backtracks: signals that may come in
 * the midst of an operation end what takes a second.
 */
const SCRIPT = `
no warnings;
use POSIX ();
POSIX::sigaction(POSIX::SIGALRM, POSIX::SigAction->new(sub { die "slow" }));
while (my $line = <STDIN>) {
  chomp $line;
  my ($pattern, @values) = map { pack("H*", $_) } split(/,/, $line, -1);
  my $regex = eval { qr/(?s)$pattern/ };
  if (!defined $regex) { my $why = $@; $why =~ s/\\n/ /g; print "! $why\\n"; next }
  my @answers;
  for my $value (@values) {
    alarm 1;
    my $answer = eval {
      $value =~ $regex ? join(" ", map { my $i = $_; defined $-[$i] ? "$-[$i] $+[$i]" : "-1 -1" } 0 .. $#+) : "";
    };
    alarm 0;
    push @answers, $answer // "?";
  }
  print join(",", @answers), "\\n";
}
`

/** True when this machine has Perl. */
export function hasPerl(): boolean {
  return spawnSync('perl', ['-v']).status === 0
}

/** Asks Perl, whose regular expressions PCRE follows, in one process. */
export function askPerl(questions: readonly OracleQuestion[]): readonly OracleAnswer[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-perl-'))
  try {
    const script = path.join(folder, 'oracle.pl')
    writeFileSync(script, SCRIPT)
    const input = questions.map(({ pattern, values }) =>
      [asPerlReadsIt(pattern), ...values].map((text) => Buffer.from(text, 'latin1').toString('hex')).join(','),
    )
    const output = execFileSync('perl', [script], {
      input: `${input.join('\n')}\n`,
      maxBuffer: 1 << 30,
      timeout: 120_000,
    })
    return output.toString('latin1').trimEnd().split('\n').map(readAnswer)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readAnswer(line: string): OracleAnswer {
  if (line.startsWith('! ')) return { refused: line.slice(2) }
  return line.split(',').map((answer) => WORDS[answer] ?? answer.split(' ').map(Number))
}

const WORDS: Readonly<Record<string, OracleMatch>> = { '': 'no match', '?': 'too slow' }

/** `$` is the end only in SecLang, and may stand before a last newline in Perl. */
function asPerlReadsIt(pattern: string): string {
  let inClass = false
  return pattern.replace(/\\.|\[\^?\]?|[\]$]/gs, (token) => {
    if (token === ']') inClass = false
    else if (token.startsWith('[')) inClass = true
    return token === '$' && !inClass ? '\\z' : token
  })
}
