import type { KeyInstance } from '../model/key-crn.ts'
import type { Secret } from './secret.ts'

/** The sources that one API key of IBM Cloud opens. */
export const IBM_CLOUD_SOURCES = ['key-protect', 'iam'] as const
export type IbmCloudSource = (typeof IBM_CLOUD_SOURCES)[number]

/** How the responder proves itself to IBM Cloud, and what it asks there. */
export interface IbmCloudAccess {
  /** Without a trailing slash. */
  iamUrl: string
  /** Of a service ID that may read and nothing else. */
  apiKey: Secret
  sources: ReadonlySet<IbmCloudSource>
  /** The address at which an instance of Key Protect or HPCS answers, without a trailing slash. */
  keysUrlOf: (instance: KeyInstance) => string
}

/** Source: Key Protect and HPCS documentation, "Regions and endpoints" and "Instance-based endpoints". */
const KEY_PROTECT_URL = 'https://{region}.kms.cloud.ibm.com'
const HPCS_URL = 'https://{instance}.api.{region}.hs-crypto.appdomain.cloud'

interface IbmCloudVariables {
  iamUrl: string
  /** Of IBM_CLOUD_API_KEY or IBM_CLOUD_API_KEY_FILE. */
  apiKey: Secret | null
  /** A comma list. */
  sources: string | undefined
  /** Addresses in which `{region}` and `{instance}` stand for those of an instance. */
  keyProtectUrl: string | undefined
  hpcsUrl: string | undefined
}

/** IBM Cloud's access, or null where no API key is given; whatever is wrong joins the faults. */
export function toIbmCloudAccess(given: IbmCloudVariables, faults: string[]): IbmCloudAccess | null {
  const { iamUrl, apiKey, keyProtectUrl = KEY_PROTECT_URL, hpcsUrl = HPCS_URL } = given
  const named = given.sources?.split(',').map((part) => part.trim())
  const sources = IBM_CLOUD_SOURCES.filter((source) => named === undefined || named.includes(source))
  if (named && named.length !== sources.length)
    faults.push(`IBM_CLOUD_SOURCES: must be a comma list of ${IBM_CLOUD_SOURCES.join(' and ')}`)
  if (named && !apiKey) faults.push('IBM_CLOUD_API_KEY: is required with IBM_CLOUD_SOURCES, or IBM_CLOUD_API_KEY_FILE')
  for (const [name, template] of [
    ['KEY_PROTECT_URL', keyProtectUrl],
    ['HPCS_URL', hpcsUrl],
  ] as const)
    if (!isTemplate(template))
      faults.push(`${name}: must be an http or https URL; {region} and {instance} stand for those of an instance`)
  return (
    apiKey && {
      iamUrl: iamUrl.replace(/\/+$/, ''),
      apiKey,
      sources: new Set(sources),
      keysUrlOf: (instance) => filled(instance.service === 'kms' ? keyProtectUrl : hpcsUrl, instance),
    }
  )
}

function isTemplate(template: string): boolean {
  const url = filled(template, { region: 'eu-de', instanceId: '00000000-0000-0000-0000-000000000000' })
  return /^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '') && !/[{}]/.test(url)
}

function filled(template: string, { region, instanceId }: Pick<KeyInstance, 'region' | 'instanceId'>): string {
  return template.replaceAll('{region}', region).replaceAll('{instance}', instanceId).replace(/\/+$/, '')
}
