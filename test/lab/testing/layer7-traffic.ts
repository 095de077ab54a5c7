import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toolPath } from '../../debian-tools.ts'

const SPACE = `tidegate-l7-${process.pid}`
const NAME = 'shop.test'
const RESOLVE = [80, 443, 444].flatMap((port) => ['--resolve', `${NAME}:${port}:127.0.0.1`])
const STARTED_MS = 60_000
const STEP_MS = 100

const NGINX = (
  home: string,
): string => `daemon off; pid ${home}/nginx.pid; error_log ${home}/error.log; worker_processes 1;
events {}
http {
  access_log off; ssl_protocols TLSv1.2 TLSv1.3; client_body_temp_path ${home}/body; root ${home}/www; gzip on; gzip_min_length 1;
  server { listen 127.0.0.1:80; listen [::1]:80; location /up { return 200 ok; } location /moved { return 301 /; } }
  server { listen 127.0.0.1:443 ssl; ssl_certificate ${home}/leaf.crt; ssl_certificate_key ${home}/leaf.key; }
  server { listen 127.0.0.1:444 ssl; ssl_certificate ${home}/leaf.crt; ssl_certificate_key ${home}/leaf.key;
    ssl_ecdh_curve secp384r1; ssl_client_certificate ${home}/leaf.crt; ssl_verify_client on; }
}
`

const UNBOUND = (home: string): string => `server:
  interface: 127.0.0.1
  port: 53
  directory: "${home}"
  pidfile: "${home}/unbound.pid"
  chroot: ""
  username: ""
  use-syslog: no
  do-daemonize: no
  access-control: 127.0.0.0/8 allow
  access-control: 127.0.0.9/32 refuse
  local-zone: "test." static
  local-data: "shop.test. 300 IN A 192.0.2.1"
  local-data: "shop.test. 60 IN A 192.0.2.2"
  local-data: "shop.test. IN AAAA 2001:db8::1"
  local-data: "shop.test. IN MX 10 mail.test."
  local-data: "_sip._udp.shop.test. IN SRV 1 2 5060 sip.test."
  local-data: 'shop.test. IN TXT "v=spf1 -all"'
${Array.from({ length: 80 }, (_, index) => `  local-data: "many.test. IN A 198.51.100.${index}"`).join('\n')}
`

/** Real clients and servers in a network of their own, with what passes between them captured. */
export class Layer7Traffic {
  readonly #home = mkdtempSync(path.join(tmpdir(), 'tidegate-l7-'))
  readonly captureFile = path.join(this.#home, 'traffic.pcap')
  readonly #servers: ChildProcess[] = []

  constructor() {
    execFileSync('ip', ['netns', 'add', SPACE])
    execFileSync('ip', ['-n', SPACE, 'link', 'set', 'lo', 'up'])
    // nginx reads the files as another user.
    chmodSync(this.#home, 0o755)
    mkdirSync(path.join(this.#home, 'www'))
    writeFileSync(path.join(this.#home, 'www/index.html'), 'hello\n'.repeat(10))
    writeFileSync(path.join(this.#home, 'www/big.txt'), 'x'.repeat(400_000))
    writeFileSync(path.join(this.#home, 'nginx.conf'), NGINX(this.#home))
    writeFileSync(path.join(this.#home, 'unbound.conf'), UNBOUND(this.#home))
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`]
    const files = ['-keyout', `${this.#home}/leaf.key`, '-out', `${this.#home}/leaf.crt`]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject, ...files], {
      stdio: 'ignore',
    })
  }

  /** Starts the servers, lets the clients speak, and ends everything: the capture is whole then. */
  async record(): Promise<void> {
    const endCapture = await this.#capture()
    this.#start('nginx', '-p', this.#home, '-c', `${this.#home}/nginx.conf`)
    this.#start('unbound', '-c', `${this.#home}/unbound.conf`)
    await this.#untilServing()
    this.#speakHttp()
    this.#speakTls()
    this.#speakDns()
    await sleep(3 * STEP_MS)
    await endCapture()
  }

  /** Returns what ends the capture and fails when it is not whole. */
  async #capture(): Promise<() => Promise<void>> {
    // Otherwise packets of its last second would be lost when it is ended.
    const immediately = ['--immediate-mode', '-U']
    // Its usual buffer holds about thirty packets of this device: fewer than come while it waits for its turn.
    const roomy = ['-B', '32768']
    const dump = this.#start('tcpdump', ...immediately, ...roomy, '-i', 'lo', '-w', this.captureFile)
    let said = ''
    dump.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
    while (!said.includes('listening on')) await once(dump.stderr!, 'data')
    return async () => {
      const ended = once(dump, 'close')
      dump.kill('SIGINT')
      await ended
      assert.match(said, /^0 packets dropped by kernel$/m, 'packets were lost by the capture itself')
    }
  }

  #speakHttp(): void {
    this.#curl(
      `http://${NAME}/`,
      `http://${NAME}/none?a=1`,
      `http://${NAME}/big.txt`,
      '-o',
      '/dev/null',
      '-o',
      '/dev/null',
    )
    this.#curl('-H', 'User-Agent: probe/1', '-H', 'Accept-Encoding: gzip', '-d', 'a=b', `http://${NAME}/up`)
    this.#curl('-I', `http://${NAME}/moved`)
    this.#curl('-6', 'http://[::1]/?q=1')
    this.#say('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n')
    this.#say('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
  }

  #speakTls(): void {
    const trust = ['--cacert', `${this.#home}/leaf.crt`]
    const own = ['--cert', `${this.#home}/leaf.crt`, '--key', `${this.#home}/leaf.key`]
    for (const version of ['1.2', '1.3']) {
      this.#curl('--tls-max', version, ...trust, `https://${NAME}/`)
      this.#curl('--tls-max', version, `https://${NAME}/`)
      this.#curl('--tls-max', version, ...trust, `https://${NAME}:444/`)
      this.#curl('--tls-max', version, ...trust, ...own, `https://${NAME}:444/`)
    }
    this.#curl('--tls-max', '1.1', '--ciphers', 'DEFAULT@SECLEVEL=0', '-k', `https://${NAME}/`)
    this.#curl('-k', '--curves', 'P-521', `https://${NAME}:444/`)
    this.#curl('-k', 'https://127.0.0.1:80/')
    this.#curl('http://127.0.0.1:443/')
  }

  #speakDns(): void {
    const questions = [
      'shop.test A',
      'SHOP.test AAAA',
      'none.test A',
      'shop.test MX',
      '_sip._udp.shop.test SRV',
      'shop.test TXT',
    ]
    for (const question of [...questions, 'many.test A', 'example.com A', 'shop.test HTTPS', '. NS'])
      this.#dig(...question.split(' '))
    this.#dig('+tcp', '+dnssec', 'shop.test', 'A')
    this.#dig('+noedns', 'many.test', 'A')
    this.#dig('+noedns', '+ignore', 'many.test', 'A')
    this.#dig('+cdflag', '-b', '127.0.0.9', 'shop.test', 'A')
  }

  #curl(...options: readonly string[]): void {
    this.#run('curl', ['-s', '--max-time', '5', '-o', '/dev/null', ...RESOLVE, ...options])
  }

  #dig(...options: readonly string[]): void {
    this.#run('dig', ['@127.0.0.1', '+tries=1', '+timeout=2', ...options])
  }

  #say(text: string): void {
    this.#run('nc', ['-q1', '127.0.0.1', '80'], text)
  }

  /** What fails is traffic too. */
  #run(tool: string, options: readonly string[], input: string = ''): void {
    spawnSync('ip', ['netns', 'exec', SPACE, tool, ...options], { input, stdio: ['pipe', 'ignore', 'ignore'] })
  }

  #start(tool: string, ...options: readonly string[]): ChildProcess {
    const server = spawn('ip', ['netns', 'exec', SPACE, toolPath(tool) ?? tool, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server.stderr?.resume()
    this.#servers.push(server)
    return server
  }

  async #untilServing(): Promise<void> {
    for (let waitedMs = 0; waitedMs < STARTED_MS; waitedMs += STEP_MS) {
      const web = spawnSync('ip', ['netns', 'exec', SPACE, 'curl', '-s', 'http://127.0.0.1/up'], { encoding: 'utf8' })
      const names = spawnSync('ip', ['netns', 'exec', SPACE, 'dig', '@127.0.0.1', '+short', '+tries=1', NAME], {
        encoding: 'utf8',
      })
      if (web.stdout === 'ok' && names.stdout.includes('192.0.2.1')) return
      await sleep(STEP_MS)
    }
    throw new Error('nginx or unbound did not start')
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) server.kill('SIGTERM')
    await sleep(3 * STEP_MS)
    for (const server of this.#servers) server.kill('SIGKILL')
    execFileSync('ip', ['netns', 'del', SPACE])
    rmSync(this.#home, { recursive: true, force: true })
  }
}
