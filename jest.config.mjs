// Jest strips the types itself (no transformer package); ES modules need --experimental-vm-modules, set in `npm test`.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/long-ones-first.mjs',
  // A limit against hanging, not a measure of speed: tests that start processes share two cores with others that do.
  testTimeout: 60_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
}
