import { z } from 'zod'

const time = z.string().transform((text, context) => {
  const ms = Date.parse(text)
  if (Number.isFinite(ms)) return ms
  context.addIssue({ code: 'custom', message: 'is no time' })
  return z.NEVER
})
/** A label comes as its name or as an object. */
const labelName = z.union([z.string(), z.object({ name: z.string().nullish() }).transform(({ name }) => name ?? '')])

/** What is used of an issue. Source: GitHub REST, issues. */
export const RawIssue = z.object({
  number: z.number().int().positive(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  body: z.string().nullish(),
  labels: z.array(labelName),
  created_at: time,
  /** Lists of issues hold pull requests too; only they have this. */
  pull_request: z.unknown().optional(),
})
export type RawIssue = z.output<typeof RawIssue>
export const RawIssueList = z.array(RawIssue)

export const RawComment = z.object({ id: z.number(), html_url: z.string(), body: z.string().nullish() })
export type RawComment = z.output<typeof RawComment>
export const RawCommentList = z.array(RawComment)

/** What is used of a repository. Source: GitHub REST, "Get a repository". */
export const RawRepository = z.object({
  has_issues: z.boolean().default(true),
  archived: z.boolean().default(false),
  permissions: z
    .object({
      admin: z.boolean().default(false),
      maintain: z.boolean().default(false),
      push: z.boolean().default(false),
      triage: z.boolean().default(false),
    })
    .nullish(),
})

export const InstallationToken = z.object({ token: z.string().min(1), expires_at: time })

/** The words of a refusal. They are looked at for one thing only: whether it is a limit. */
export const Refusal = z.object({ message: z.string().optional(), documentation_url: z.string().optional() })
