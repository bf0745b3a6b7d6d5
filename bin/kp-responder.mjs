#!/usr/bin/env node
// Plain JavaScript, so that an old Node says what it needs instead of failing on a type annotation.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`kp-responder needs Node 24 or newer; this is ${process.version}\n`)
  process.exit(1)
}
const { runCommand } = await import('../src/commands/cli.ts')
await runCommand(process.argv)
