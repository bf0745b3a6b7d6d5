import type { Secret } from './secret.ts'

/** How the responder proves itself to IBM Cloud: one API key, of a service ID that may read and nothing else. */
export interface IbmCloudAccess {
  /** Without a trailing slash. */
  iamUrl: string
  apiKey: Secret
}

/** IBM Cloud's access, or null where no API key is given. */
export function toIbmCloudAccess({
  iamUrl,
  apiKey,
}: {
  iamUrl: string
  /** Of IBM_CLOUD_API_KEY or IBM_CLOUD_API_KEY_FILE. */
  apiKey: Secret | null
}): IbmCloudAccess | null {
  return apiKey && { iamUrl: iamUrl.replace(/\/+$/, ''), apiKey }
}
