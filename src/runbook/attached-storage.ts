/** A step of the runbook with the command that does it, or null where it is done in an editor. */
export interface StorageStep {
  says: string
  command: string | null
}

export interface StorageSteps {
  title: string
  source: string
  steps: readonly StorageStep[]
}

/** Why attached storage has to be changed by hand. */
export const STORAGE_ADVICE = {
  source: 'Attached storage migration',
  says: 'they will need to update the key CRNs to point to the target key prior to ordering additional storage.',
} as const

/** How a storage class `name` is pointed at another key. */
export function storageClassSteps(name: string): StorageSteps {
  return {
    title: 'Update the customized storage class',
    source: 'Steps to Update Customized Storage Class Configuration',
    steps: [
      { says: 'View the existing Block Storage Class', command: `kubectl get StorageClass ${name} -o yaml` },
      {
        says: 'Save the existing Block Storage Class to a file',
        command: `kubectl get StorageClass ${name} -o yaml > ${name}.yaml`,
      },
      {
        says: 'Edit the file and replace the encryption key CRN with the new encryption key CRN',
        command: `vi ${name}.yaml`,
      },
      { says: 'Delete the existing Block Storage Class', command: `kubectl delete StorageClass ${name}` },
      { says: 'Apply the new Block Storage Class', command: `kubectl apply -f ${name}.yaml` },
      { says: 'View the new Block Storage Class', command: `kubectl get StorageClass ${name} -o yaml` },
    ],
  }
}

/** How a storage secret `name` is pointed at another key. */
export function storageSecretSteps(name: string): StorageSteps {
  return {
    title: 'Update the block storage secret',
    source: 'Steps to Update Block Storage Secret',
    steps: [
      { says: 'View the existing Block Storage Secret', command: `kubectl get secret ${name} -o yaml` },
      {
        says: 'Edit the Block Storage Secret and replace the base64 encoded key CRN with the new base64 encoded key CRN.',
        command: `kubectl edit secret ${name}`,
      },
      { says: 'View the updated Block Storage Secret', command: `kubectl get secret ${name} -o yaml` },
    ],
  }
}

/** The name that the runbook's example gives to both. */
export const STORAGE_NAME = 'block'
/** The parameter that holds the key CRN: as it is in a storage class, base64 in a secret. */
export const KEY_PARAMETER = 'encryptionKey'

/** The value of `encryptionKey` in a secret. */
export function secretValue(keyCrn: string): string {
  return Buffer.from(keyCrn, 'utf8').toString('base64')
}
