export interface GithubUser {
  login: string
  id: number
  type: 'User' | 'Bot'
}

export interface Label {
  id: number
  name: string
  color: string
  description: string | null
}

export interface Comment {
  id: number
  body: string
  user: GithubUser
  createdAtMs: number
  updatedAtMs: number
}

export type IssueState = 'open' | 'closed'

/** What of an issue is replaced as a whole by each change, so that the lagging search index can look at an older form. */
export interface IssueVersion {
  title: string
  body: string | null
  state: IssueState
  stateReason: string | null
  labels: readonly string[]
  atMs: number
}

export interface Issue {
  id: number
  number: number
  user: GithubUser
  isPullRequest: boolean
  createdAtMs: number
  closedAtMs: number | null
  updatedAtMs: number
  comments: Comment[]
  /** Oldest first, never empty. */
  versions: [IssueVersion, ...IssueVersion[]]
  /** A deleted issue answers 410, a transferred one 301. */
  gone?: { kind: 'deleted' } | { kind: 'transferred'; repository: string; number: number }
}

export interface RepositoryOptions {
  /** False: creating an issue answers 410. Default true. */
  hasIssues?: boolean
  /** False: labels of our calls are dropped without a word. Default true. */
  hasPushAccess?: boolean
  /** True: our user administers it. Default false. */
  hasAdminAccess?: boolean
}

/** Issues, pull requests and labels of one repository; numbers are shared by both kinds. */
export class Repository {
  readonly fullName: string
  readonly id: number
  hasIssues: boolean
  hasPushAccess: boolean
  hasAdminAccess: boolean
  readonly issues: Issue[] = []
  readonly labels: Label[] = []
  readonly #nextId: () => number

  constructor(fullName: string, options: RepositoryOptions, nextId: () => number) {
    this.fullName = fullName
    this.hasIssues = options.hasIssues ?? true
    this.hasPushAccess = options.hasPushAccess ?? true
    this.hasAdminAccess = options.hasAdminAccess ?? false
    this.#nextId = nextId
    this.id = nextId()
  }

  find(number: number): Issue | undefined {
    return this.issues[number - 1]
  }

  add(first: IssueVersion, by: { user: GithubUser; isPullRequest?: boolean }): Issue {
    const issue: Issue = {
      id: this.#nextId(),
      number: this.issues.length + 1,
      user: by.user,
      isPullRequest: by.isPullRequest ?? false,
      createdAtMs: first.atMs,
      closedAtMs: null,
      updatedAtMs: first.atMs,
      comments: [],
      versions: [{ ...first, labels: this.ensureLabels(first.labels) }],
    }
    this.issues.push(issue)
    return issue
  }

  change(issue: Issue, changes: Partial<Omit<IssueVersion, 'atMs'>>, atMs: number): void {
    const before = present(issue)
    const labels = changes.labels ? this.ensureLabels(changes.labels) : before.labels
    const next = { ...before, ...changes, labels, atMs }
    issue.versions.push(next)
    issue.updatedAtMs = atMs
    if (before.state !== next.state) issue.closedAtMs = next.state === 'closed' ? atMs : null
  }

  comment(issue: Issue, body: string, by: { user: GithubUser; atMs: number }): Comment {
    const comment = { id: this.#nextId(), body, user: by.user, createdAtMs: by.atMs, updatedAtMs: by.atMs }
    issue.comments.push(comment)
    issue.updatedAtMs = by.atMs
    return comment
  }

  /** The label of this name, whatever its case. */
  label(name: string): Label | undefined {
    return this.labels.find((label) => label.name.toLowerCase() === name.toLowerCase())
  }

  addLabel(name: string, more: { color?: string; description?: string | null } = {}): Label {
    const label = { id: this.#nextId(), name, color: more.color ?? 'ededed', description: more.description ?? null }
    this.labels.push(label)
    return label
  }

  /** Names as the repository spells them, each once; missing labels come into being, as on GitHub. */
  ensureLabels(names: readonly string[]): string[] {
    return [...new Set(names.map((name) => (this.label(name) ?? this.addLabel(name)).name))]
  }
}

/** The issue as it is now. */
export function present(issue: Issue): IssueVersion {
  return issue.versions.at(-1) ?? issue.versions[0]
}

/** The issue as an index saw it at that time; undefined if it was not there yet. */
export function versionAt(issue: Issue, atMs: number): IssueVersion | undefined {
  return issue.versions.findLast((version) => version.atMs <= atMs)
}
