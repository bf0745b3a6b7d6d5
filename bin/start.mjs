#!/usr/bin/env node
// Plain JavaScript, so that an old Node says what it needs instead of failing on a type annotation.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`kp-events-responder needs Node 24 or newer; this is ${process.version}\n`)
  process.exit(1)
}
// Imported here, since an old Node does not have it. Code compiled once is kept on disk: the next start is ready in half
// the time.
await import('./heap.mjs')
const { enableCompileCache } = await import('node:module')
enableCompileCache()
const { main } = await import('../src/main.ts')
await main()
