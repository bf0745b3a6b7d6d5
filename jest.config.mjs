// Jest strips the types itself (no transformer package); ES modules need --experimental-vm-modules, set in `npm test`.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  // Most of the long tests wait for real servers: more of them than cores run at once.
  maxWorkers: 3,
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
}
