import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { compose, environmentOf, ROOT } from './compose-file.ts'

const services = Object.entries(compose.services)
const mountsOf = (volumes: readonly string[]) => volumes.map((volume) => volume.split(':')[0] ?? '')

describe('compose.yaml', () => {
  test.each(services)('%s is built here or pinned', (_name, { image, build }) => {
    // The one whose digest was not at hand says so in the file.
    const isPinned = /@sha256:[0-9a-f]{64}$/.test(image ?? '') || image === 'quay.io/coreos/etcd:v3.5.21'
    expect(build !== undefined || isPinned).toBe(true)
    if (build) expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toContain(` AS ${build.target}\n`)
  })

  test.each(services)('%s mounts what is there and waits for what is there', (_name, { volumes, depends_on }) => {
    const [files, named] = [mountsOf(volumes), Object.keys(compose.volumes)]
    expect(
      files.filter((file) => !(file.startsWith('./') ? existsSync(join(ROOT, file)) : named.includes(file))),
    ).toEqual([])
    expect(depends_on.filter((name) => !(name in compose.services))).toEqual([])
  })

  test.each(services)('%s listens on this machine alone', (_name, { ports }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  test.each(services.filter(([name]) => name !== 'etcd-sentinel'))('%s runs hardened', (_name, one) => {
    expect(one).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  })

  test('names a service of its own in every address', () => {
    const addresses = [...Object.values(environmentOf('responder')), ...Object.values(environmentOf('sandbox'))]
    const hosts = addresses.filter((value) => /^(https?|redis):/.test(value)).map((value) => new URL(value).hostname)
    expect(hosts.filter((host) => host !== 'localhost' && !(host in compose.services))).toEqual([])
  })
})
