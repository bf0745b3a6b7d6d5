import type { Action, Plan } from '../model/plan.ts'

/**
 * The plan with the texts of another one, made of the same case with findings: note, issue and message say what was found.
 * Nothing else is taken over, so that no finding can add, remove or change an action, or make a message another one.
 */
export function withTextsOf(plan: Plan, told: Plan): Plan {
  return { ...plan, actions: plan.actions.map((action) => withTextOf(action, told.actions)) }
}

/** One action with the text that its namesake has. */
export function withTextOf(action: Action, told: readonly Action[]): Action {
  const namesake = told.find((other) => other.action === action.action && other.key === action.key)
  if (action.action === 'note' && namesake?.action === 'note') return { ...action, content: namesake.content }
  if (action.action === 'issue' && namesake?.action === 'issue')
    return {
      ...action,
      body: namesake.body,
      comment: { ...action.comment, body: namesake.comment.body },
      lacksRegistrations: namesake.lacksRegistrations,
      registrations: { ...action.registrations, body: namesake.registrations.body },
    }
  if (action.action === 'slack' && namesake?.action === 'slack' && namesake.contentKey === action.contentKey)
    return { ...action, text: namesake.text, blocks: namesake.blocks }
  return action
}
