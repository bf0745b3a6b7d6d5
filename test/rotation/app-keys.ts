import { generateKeyPairSync } from 'node:crypto'

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
const [before, after] = [pair(), pair()]

/** Two private keys of a GitHub App, the one before and the one after, and what proves them. */
export const APP_KEYS = [before.privateKey.trim(), after.privateKey.trim()] as const
export const PUBLIC_KEYS = [before.publicKey, after.publicKey]
