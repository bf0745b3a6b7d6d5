const SOURCE = 'Migration expectations'

/** What a line of the expectations is about. */
export type Expects =
  | 'who-manages'
  | 'time'
  | 'retry'
  | 'retrigger'
  | 'webhook-test'
  | 'sequence'
  | 'batches'
  | 'how'
  | 'interruption'

/** What to expect of the migration of one kind of keys. */
export interface Expectation {
  keys: string
  lines: readonly { about: Expects; says: string }[]
  source: typeof SOURCE
}

const RETRY = { about: 'retry', says: 'Migration attempts will be retried for 2 hours before failing.' } as const
const RETRIGGER = {
  about: 'retrigger',
  says: 'Migration attempts can be retriggered by requesting a sync event on the source key.',
} as const
const BATCHES = {
  about: 'batches',
  says: 'Recommendation is to do key migrations one at a time or in small batches.',
} as const
const INTERRUPTION = { about: 'interruption', says: 'No service interruption is expected.' } as const

/** How long a blocked migration is tried again by itself, in hours. */
export const RETRY_HOURS = 2
/** How long one cluster, and one worker's boot volume, take to migrate at most, in minutes. */
export const CLUSTER_MINUTES = { from: 20, to: 40 } as const
export const VOLUME_MINUTES = 2

export const EXPECTATIONS: readonly Expectation[] = [
  {
    keys: 'Keys used to encrypt cluster secrets',
    source: SOURCE,
    lines: [
      { about: 'who-manages', says: 'Migration is managed by the user via migration intent on the source key.' },
      { about: 'time', says: 'Migration time per cluster is expected to be approximately 20-40 minutes.' },
      RETRY,
      RETRIGGER,
      {
        about: 'webhook-test',
        says: 'Prior to migration, a webhook test can be done to verify no issues will be encountered during the master pods updates.',
      },
      {
        about: 'sequence',
        says: 'If multiple migrations are triggered at once, clusters and worker pools in the same account will migrate in sequence and clusters and worker nodes in different accounts will migrate in parallel.',
      },
      BATCHES,
      {
        about: 'how',
        says: 'During the migration, the cluster masters will update in sequence which will handle the re-encryption of all cluster secrets.',
      },
      INTERRUPTION,
    ],
  },
  {
    keys: 'Keys used to encrypt VPC worker node boot volumes',
    source: SOURCE,
    lines: [
      { about: 'who-manages', says: 'Migration is managed by the user via migration intents on the source key.' },
      { about: 'time', says: 'Migration time per worker node boot volume is expected to be less than 2 minutes.' },
      RETRY,
      RETRIGGER,
      {
        about: 'sequence',
        says: 'If multiple migrations are triggered at once, clusters and worker nodes in the same account will migrate in sequence and clusters and worker nodes in different accounts will migrate in parallel.',
      },
      BATCHES,
      {
        about: 'how',
        says: "During migration, a new authorization policy will be created allowing Cloud Block Storage access to Hyper Protect Crypto Services specific to an account owned by IBM where the encrypted VPC worker nodes are located. See the Service Authorization's section for more info.",
      },
      INTERRUPTION,
    ],
  },
  {
    keys: 'Keys used to encrypt Block Storage attached to a cluster',
    source: SOURCE,
    lines: [
      {
        about: 'who-manages',
        says: 'Migration is managed by the user via manual update of the custom storage class configuration or the kubernetes storage secret.',
      },
      { about: 'time', says: 'Migration time for Block Storage is expected to be less than 2 minutes.' },
      {
        about: 'how',
        says: 'Prior to adding any new Block Storage, the Key Protect key CRN must be replaced with the Hyper Protect Crypto Service key CRN in the custom storage class or Kubernetes secret depending on how it was originally configured. The encryption key CRN for both the storage class and Kubernetes secret is defined via the parameter "encryptionKey". More details can be found in the cloud doc: https://cloud.ibm.com/docs/containers?topic=containers-vpc-block#vpc-block-encryption',
      },
      INTERRUPTION,
    ],
  },
  {
    keys: 'Keys used to encrypt Portworx',
    source: SOURCE,
    lines: [{ about: 'how', says: 'Portworx to handle migration.' }],
  },
]

/** Where each kind of keys is kept: the data plane that a migration touches. */
export const DATA_PLANE = {
  source: 'Containers Key Migration Impact',
  lines: [
    'Keys used to encrypt cluster secrets. The key is stored in ETCD with the cluster.',
    'Keys used to encrypt VPC worker nodes. The key is stored in ETCD with the worker pool.',
    'Keys used to encrypt persistent storage attached to a cluster. The key is stored in the storage secret or customized storage class configuration.',
    'Block Storage.',
    'Portworx Storage',
  ],
} as const
