import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { run as lint } from 'dockerfilelint'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
const { scripts, devDependencies } = z
  .object({ scripts: z.object({ start: z.string() }), devDependencies: z.object({ node: z.string() }) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
/** Default of each build argument. */
const args = new Map([...dockerfile.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]))
/** The last stage, one instruction a line. */
const final = (dockerfile.split(/^FROM /m).at(-1) ?? '').replaceAll(/\\\n\s*/g, '').split('\n')
const instruction = (name: string) =>
  final.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))

describe('the Dockerfile', () => {
  test('leaves dockerfilelint nothing to say', () => {
    // The linter knows neither build arguments nor stages as bases.
    const stages = [...dockerfile.matchAll(/ AS (\w+)$/gm)].map(([, name]) => name ?? '')
    const readable = dockerfile
      .replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => args.get(name) ?? '')
      .replaceAll(/^FROM (\w+) AS/gm, (whole, base: string) =>
        stages.includes(base) ? `FROM ${base}:stage AS` : whole,
      )
    expect(lint(ROOT, readable)).toEqual([])
  })

  test('pins every base by version and digest', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base)
    expect(bases.filter((base) => !/^(\$\{\w+\}|build)$/.test(base))).toEqual([])
    expect([...args.values()].filter((image) => !/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image))).toEqual([])
    expect([...args.keys()]).toEqual(['NODE_IMAGE', 'RUNTIME_IMAGE'])
  })

  test('brings the Node that the tests run on', () => {
    expect(args.get('NODE_IMAGE')).toContain(`node:${devDependencies.node}-`)
  })

  test('starts as npm start does', () => {
    const [command = '', ...startArgs] = scripts.start.split(' ')
    expect(command).toBe('node')
    expect(instruction('ENTRYPOINT')).toEqual(['["/usr/local/bin/node"]'])
    expect(instruction('CMD').map((words): unknown => JSON.parse(words))).toEqual([startArgs])
  })

  test('ends as a user without rights, in an image that runs nothing at build time, since it has no shell', () => {
    expect(instruction('USER').at(-1)).toBe('65532:65532')
    expect(instruction('RUN')).toEqual([])
    expect(instruction('COPY').every((line) => line.startsWith('--from='))).toBe(true)
  })

  test('asks for its health by the words of an exec form', () => {
    const [healthcheck = ''] = instruction('HEALTHCHECK')
    const words = z.array(z.string()).parse(JSON.parse(healthcheck.slice(healthcheck.indexOf('['))))
    expect(words.slice(0, 2)).toEqual(['/usr/local/bin/node', '-e'])
    expect(words[2]).toContain('/healthz')
  })

  test('copies only what is there, and nothing that the builder is not sent', () => {
    const sent = [...readFileSync(join(ROOT, '.dockerignore'), 'utf8').matchAll(/^!(\S+)$/gm)].map(
      ([, path = '']) => path,
    )
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
    expect(copied.toSorted()).toEqual(expect.arrayContaining(['bin', 'package-lock.json', 'sandbox', 'src']))
    expect(copied.filter((path) => !sent.includes(path) || !existsSync(join(ROOT, path)))).toEqual([])
  })
})
