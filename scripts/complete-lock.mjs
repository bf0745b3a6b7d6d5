// Completes package-lock.json after `npm install` (run by `npm run lock`).
//
// A registry that serves only some platforms' binaries makes npm leave the others out of the lock file, and `npm ci`
// then refuses the lock as out of step. Each optional package that is named but missing gets an entry that says which
// operating system it is for, so the same lock installs on every platform. Such entries carry no integrity hash: run
// `npm install && npm run lock` against a full registry before a release.
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = 'package-lock.json'
const lock = JSON.parse(readFileSync(FILE, 'utf8'))
const PLATFORM = /(darwin|linux|win32|android|freebsd|openbsd|netbsd|openharmony|sunos|aix)/

/** Walks up from the package at `from` the way Node resolves, and says whether `name` is in the lock. */
function isResolved(from, name) {
  for (let at = from; ; ) {
    if (lock.packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true
    if (at === '') return false
    const parent = at.lastIndexOf('node_modules/')
    at = parent <= 0 ? '' : at.slice(0, parent - 1)
  }
}

let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isResolved(path, name)) continue
    const platform = PLATFORM.exec(name)
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ''),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      os: [platform ? platform[1] : 'none'],
    }
    added += 1
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`completed ${FILE}: ${added} platform packages added\n`)
