import type { SandboxClock } from '../clock.ts'
import { notFound } from './refusal.ts'
import {
  type Comment,
  type GithubUser,
  type Issue,
  type IssueState,
  present,
  Repository,
  type RepositoryOptions,
} from './repository.ts'

/** The repository a fresh sandbox has. */
export const DEFAULT_REPOSITORY = 'kp-sandbox/armada-kp-events'

/** An issue as a test reads it. */
export interface IssueView {
  number: number
  title: string
  body: string | null
  state: IssueState
  labels: readonly string[]
  author: string
  comments: { author: string; body: string }[]
  isPullRequest: boolean
  isGone: boolean
}

/** Repositories, and the people who work in them by these methods and leave no ledger entry. */
export class GithubPeople {
  protected readonly clock: SandboxClock
  protected readonly repositories = new Map<string, Repository>()
  #lastId = 1_000

  constructor(clock: SandboxClock) {
    this.clock = clock
    this.addRepository(DEFAULT_REPOSITORY)
  }

  /** Makes the repository `owner/name`, or sets the options of one that is there. */
  addRepository(fullName: string, options: RepositoryOptions = {}): void {
    const known = this.repositories.get(fullName.toLowerCase())
    if (known) Object.assign(known, options)
    else this.repositories.set(fullName.toLowerCase(), new Repository(fullName, options, () => this.#nextId()))
  }

  /** Opens an issue as somebody else and returns its number. */
  openIssue(
    fullName: string,
    issue: { title: string; body?: string; labels?: string[]; by?: string; at?: Date },
  ): number {
    return this.#open(fullName, issue, false)
  }

  /** Opens a pull request; lists of issues hold it too. */
  openPullRequest(fullName: string, pull: { title: string; body?: string; labels?: string[]; by?: string }): number {
    return this.#open(fullName, pull, true)
  }

  /** A person edits, closes, reopens or relabels. */
  changeIssue(
    fullName: string,
    number: number,
    changes: { title?: string; body?: string; state?: IssueState; labels?: string[] },
  ): void {
    const { repository, issue } = this.find(fullName, number)
    repository.change(issue, changes, this.clock.now().getTime())
  }

  commentAs(login: string, fullName: string, number: number, body: string): Comment {
    const { repository, issue } = this.find(fullName, number)
    return repository.comment(issue, body, { user: toPerson(login), atMs: this.clock.now().getTime() })
  }

  /** From now on the issue answers 410. */
  deleteIssue(fullName: string, number: number): void {
    this.find(fullName, number).issue.gone = { kind: 'deleted' }
  }

  /** Moves the issue to another repository, where it gets a new number, which is returned; here it answers 301. */
  transferIssue(fullName: string, number: number, toFullName: string): number {
    const { issue } = this.find(fullName, number)
    const target = this.repository(toFullName)
    const moved = target.add({ ...present(issue) }, { user: issue.user })
    moved.comments.push(...issue.comments)
    moved.createdAtMs = issue.createdAtMs
    issue.gone = { kind: 'transferred', repository: target.fullName, number: moved.number }
    return moved.number
  }

  /** Every issue and pull request of the repository by number, deleted ones too. */
  issues(fullName: string = DEFAULT_REPOSITORY): IssueView[] {
    return this.repository(fullName).issues.map((issue) => {
      const { title, body, state, labels } = present(issue)
      const comments = issue.comments.map((comment) => ({ author: comment.user.login, body: comment.body }))
      const { number, isPullRequest, user } = issue
      return {
        number,
        title,
        body,
        state,
        labels,
        author: user.login,
        comments,
        isPullRequest,
        isGone: issue.gone !== undefined,
      }
    })
  }

  protected repository(fullName: string): Repository {
    const repository = this.repositories.get(fullName.toLowerCase())
    if (!repository) throw notFound()
    return repository
  }

  protected find(fullName: string, number: number): { repository: Repository; issue: Issue } {
    const repository = this.repository(fullName)
    const issue = repository.find(number)
    if (!issue) throw new RangeError(`no issue ${number} in ${fullName}`)
    return { repository, issue }
  }

  protected forgetRepositories(): void {
    this.repositories.clear()
    this.addRepository(DEFAULT_REPOSITORY)
  }

  #open(
    fullName: string,
    issue: { title: string; body?: string; labels?: string[]; by?: string; at?: Date },
    isPullRequest: boolean,
  ): number {
    const first = {
      title: issue.title,
      body: issue.body ?? null,
      state: 'open' as const,
      stateReason: null,
      labels: issue.labels ?? [],
      atMs: (issue.at ?? this.clock.now()).getTime(),
    }
    return this.repository(fullName).add(first, { user: toPerson(issue.by ?? 'squad-member'), isPullRequest }).number
  }

  #nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }
}

function toPerson(login: string): GithubUser {
  const id = [...login].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 800_000, 7)
  return { login, id: id + 1, type: 'User' }
}
