import { readFileSync, statSync } from 'node:fs'

/** A secret that may be rotated while the service runs. It never prints itself. */
export interface Secret {
  /** The value now. @throws Error when its file can't be read: the caller answers as if it had none. */
  read(): string
}

/** A secret given in the environment. */
export function secretFromValue(value: string): Secret {
  return conceal(() => value)
}

/** A secret kept in a file, read again when the file changes. */
export function secretFromFile(path: string): Secret {
  let known: { changedMs: number; value: string } | null = null
  return conceal(() => {
    const changedMs = statSync(path).mtimeMs
    if (known?.changedMs !== changedMs) known = { changedMs, value: readFileSync(path, 'utf8').trim() }
    return known.value
  })
}

/** The parts of a secret that holds a comma list. */
export function readList(secret: Secret): string[] {
  return secret
    .read()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The operators of a `name:token` comma list. */
export function readOperators(secret: Secret): { name: string; token: string }[] {
  return readList(secret).flatMap((entry) => {
    const colon = entry.indexOf(':')
    return colon > 0 && colon < entry.length - 1 ? [{ name: entry.slice(0, colon), token: entry.slice(colon + 1) }] : []
  })
}

function conceal(read: () => string): Secret {
  return Object.freeze(Object.defineProperty({}, 'read', { value: read, enumerable: false })) as Secret
}
