// The window belongs to the policy: the plan and the pages ask for it too.
export { migrationAt } from '../config/migration-at.ts'
