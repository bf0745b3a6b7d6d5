import { at, type Fault, onBoth } from './fault.ts'

/** A case whose upstreams answer the first call of each effect so, on each store. */
function answeredBy(...answers: string[]) {
  return onBoth(
    'faults/lost-answers',
    ...answers.map((answer) => `each effect is there once where its first call is answered by ${answer}`),
  )
}

export const UPSTREAM_FAULTS: readonly Fault[] = [
  {
    what: '429 with the time to wait, or a limit in headers, or GitHub’s 403',
    held: 'no call of that kind before its time; nothing is given up for it',
    ...answeredBy('its limit, for a second'),
    tests: [
      ...at(
        'clients/pagerduty-gate',
        'is not called before its time, by any call but a wake',
        'is obeyed before it refuses anything',
      ),
      ...at('clients/github', 'nothing is sent while a limit holds'),
      ...at('clients/slack', 'a limited method is not called again before its time'),
    ],
  },
  {
    what: '429 whose header is missing or garbled',
    held: 'a wait that is never zero nor without end',
    tests: at('clients/call-budget', 'of a 429 never let the next call go at once, nor never'),
  },
  {
    what: '500, 502, 503 or 504 to a write',
    held: 'may have been done: looked for before it is sent again',
    ...answeredBy('500, nothing done', '502, and it was done', '504, and it was done'),
    tests: [
      ...at('crash/crash', 'answer lost', 'request lost'),
      ...at('clients/pagerduty', 'is unknown: the write may have been done, and it is sent once'),
    ],
  },
  {
    what: 'connection refused, name not found',
    held: 'surely not sent: tried again without a look',
    tests: [
      ...at('clients/pagerduty', 'a port where nobody listens: nothing was sent'),
      ...at('clients/slack', 'a refused connection was certainly not sent'),
    ],
  },
  {
    what: 'a reset or a time-out in the middle',
    held: 'may have been done: looked for first',
    ...answeredBy('a reset before it was done', 'a reset after it was done', 'silence, and it was done'),
    tests: [...at('crash/crash', 'answer lost'), ...at('clients/github', 'may have been committed')],
  },
  {
    what: 'an upstream that takes the connection and is silent, or drips a byte a second',
    held: 'every call has one deadline for all of it; its place is freed',
    ...answeredBy('silence, nothing done', 'a byte a second, and it was done'),
    tests: [
      ...at('clients/github', 'no answer in time may have been committed'),
      ...at('clients/etcd', 'of a peer that never says a word ends'),
    ],
  },
  {
    what: '200 with HTML, half a JSON, or an endless body',
    held: 'may have been done; no more is read than such an answer can have: 1 MiB after a write to PagerDuty, else 16 MiB',
    ...answeredBy('200 with a page, nothing done', '200 with a page, and it was done', '200 with half of its JSON'),
    tests: at(
      'clients/github',
      'a page of HTML may have been committed',
      'half a JSON may have been committed',
      'an answer too large to read may have been committed',
    ),
  },
  {
    what: 'Slack answers 200 with ok: false',
    held: 'each word of Slack has its meaning: again later, never, or credentials',
    tests: at('clients/slack', 'ok:false with'),
  },
  {
    what: 'one effect succeeds and the next fails',
    held: 'each has its own journal entry; only the failed one goes on',
    ...answeredBy('500 to the snooze alone'),
    tests: at(
      'actions/issue-before-snooze',
      'the page stays with people and the note says why',
      'people are told when GitHub stays away',
    ),
  },
  {
    what: 'our token is revoked',
    held: 'left alone after two refusals, three calls a minute at most; metrics say so',
    tests: [
      ...at('clients/pagerduty-gate', 'is left alone after two refusals'),
      ...at('clients/circuit', 'that refuses our credentials gets at most three calls a minute'),
    ],
  },
  {
    what: 'an upstream that fails every call for minutes',
    held: 'probed ever more rarely; repeats are at most a tenth of first tries',
    ...onBoth('faults/outages', 'a PagerDuty that fails every call gets no more calls than cases'),
    tests: at('clients/circuit', 'that is away for five minutes is probed ever more rarely', 'first tries are at most'),
  },
  {
    what: 'more calls are due than PagerDuty allows',
    held: 'one allowance over all replicas, spent on wakes, then notes of pages that stay, then snoozes',
    embedded: at('clients/call-budget', 'a call of a higher rank goes before those that came earlier'),
    redis: at('clients/call-budget-redis', 'together take no more than the allowance', 'keep a reserve for a wake'),
  },
  {
    what: 'PagerDuty takes the acknowledgement and never the snooze',
    held: 'the page is given back within 60 s',
    tests: [
      ...at('crash/crash', 'the page is given back when PagerDuty acknowledges and then never snoozes'),
      ...at('actions/held-page', 'is given back in time however long PagerDuty asks to wait'),
      ...at('actions/unread-page', 'is given back in time'),
    ],
  },
  {
    what: 'one, two or three of three etcd members stand still',
    held: 'a majority proves; less is unavailable, never absent',
    tests: at(
      'real/etcd-evidence',
      'with one that stands still they prove an absence',
      'with two, or all three, that stand still they are unavailable',
    ),
  },
  {
    what: 'etcd refuses us: token, role, authentication switched',
    held: 'not trusted: a person must mend our access',
    tests: at(
      'real/etcd-evidence',
      'a role that lacks the prefix is not trusted',
      'a wrong password is not trusted',
      'that is switched off and on is not trusted',
    ),
  },
  {
    what: 'an etcd that was emptied, restored, or is another one',
    held: 'not trusted: sentinel, revision and identity are remembered',
    tests: at(
      'real/etcd-evidence',
      'since its data was wiped is not trusted',
      'since an older copy was restored is not trusted',
      'at the same address is not trusted',
    ),
  },
]
