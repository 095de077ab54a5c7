/**
 * What must follow a command name before it is taken for a command; see `arguments.ts` for the shapes that satisfy it.
 * Only `alone` needs nothing.
 */
export type CommandNeed = 'alone' | 'argument' | 'path' | 'host' | 'subcommand' | 'marker' | 'number' | 'end'

/** Commands that have no other meaning, and those that are ordinary words and so need more beside them. */
const NAMES: Readonly<Record<CommandNeed, string>> = {
  alone:
    'whoami ifconfig ipconfig systeminfo tasklist netstat uname lsb_release printenv lsof lscpu arp getent ls ps pwd ' +
    'vssadmin quser qwinsta',
  argument:
    'wget curl nslookup dig nc ncat netcat socat telnet tftp ftp scp ssh rsync chmod chown chgrp mkfifo mknod bash sh ' +
    'zsh ksh dash csh tcsh ash fish busybox powershell pwsh cmd certutil bitsadmin mshta regsvr32 rundll32 wscript ' +
    'cscript wmic schtasks icacls cacls attrib robocopy xcopy perl python python2 python3 ruby php node nodejs lua gcc ' +
    'cc awk gawk mawk sed xargs tee base64 base32 xxd od hexdump crontab useradd adduser usermod su sudo doas mysql ' +
    'mysqldump psql sqlite3 docker kubectl tcpdump nmap rm mv cp mkdir rmdir ln dd df du tar gzip gunzip bzip2 zip ' +
    'unzip 7z strace ldd nohup setsid iptables iwr iex irm regedit bcdboot htop lastlog gdb c89 c99 zstdcat zcat bzcat gunzip flock ansible insmod chroot dpkg openssl gpg rev tac nl lynx aria2c',
  path:
    'cat find head tail more less sort cut strings touch locate file grep egrep fgrep zgrep copy del erase type dir move ' +
    'ren kill killall pkill look split join paste man vi vim ed nano emacs tree stat readlink realpath uniq wc fold ' +
    'expand comm diff cmp source exec eval install watch script timeout nice ionice time env at mount umount ping ping6 ' +
    'echo export alias start mail sendmail printf pr shuf column unexpand ul view id',
  host: 'ping ping6 traceroute tracert host whois dig nslookup telnet',
  subcommand: 'net reg sc apt apt-get yum apk pip gem npm systemctl service docker kubectl',
  marker: 'echo print printf expr',
  number: 'sleep kill usleep timeout',
  end: 'id dir hostname env ver',
}

/** Needs of each command; a name may be met by any of them. */
export const COMMANDS: ReadonlyMap<string, readonly CommandNeed[]> = commandTable()

function commandTable(): ReadonlyMap<string, readonly CommandNeed[]> {
  const table = new Map<string, CommandNeed[]>()
  for (const [need, names] of Object.entries(NAMES)) {
    for (const name of names.split(' ')) {
      const needs = table.get(name)
      if (needs === undefined) table.set(name, [need as CommandNeed])
      else needs.push(need as CommandNeed)
    }
  }
  return table
}

/** Words before a command that leave it a command. */
export const COMMAND_PREFIXES: ReadonlySet<string> = new Set(
  'sudo doas exec nohup setsid command builtin then do else time env nice busybox eval if while start call'.split(' '),
)

/** A path to a program: a command whatever its name. */
export const PROGRAM_PATH = /^(?:\/+(?:usr\/+)?(?:local\/+)?s?bin\/|[a-z]:\\+windows\\|%(?:comspec|systemroot|windir)%)/
