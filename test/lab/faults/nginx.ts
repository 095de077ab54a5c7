import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './host.ts'

/** Starts nginx on a host; `servers` are blocks of its section `http`. Its files stand in `folder`. */
export async function startNginx(host: Host, folder: string, servers: string, main: string = ''): Promise<void> {
  const home = path.join(folder, 'nginx')
  mkdirSync(path.join(home, 'www'), { recursive: true })
  writeFileSync(path.join(home, 'www/index.html'), '<!doctype html><title>Lab</title><p>The tide is out.</p>\n')
  writeFileSync(path.join(home, 'www/big.bin'), Buffer.alloc(400_000, 'tidegate'))
  writeFileSync(path.join(home, 'www/huge.bin'), Buffer.alloc(3_000_000, 'tidegate'))
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${home}/${kind};`,
  )
  writeFileSync(
    path.join(home, 'nginx.conf'),
    `daemon off; user root; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log; ${main}
events { worker_connections 2048; }
http { access_log off; root ${home}/www; ${places.join(' ')} client_max_body_size 50m;
${servers} }\n`,
  )
  await host.start(['nginx', '-p', home, '-c', path.join(home, 'nginx.conf'), '-e', path.join(home, 'error.log')])
  for (let attempt = 0; attempt < 100; attempt++) {
    if (host.sync(['ss', '-Htln']).trim() !== '') return
    await sleep(30)
  }
  throw new Error(`nginx does not listen: see ${home}/error.log`)
}
