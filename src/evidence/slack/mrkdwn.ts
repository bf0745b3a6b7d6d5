const LINK = /<([^<>|\s@#!][^<>|]*)(?:\|([^<>]*))?>/g
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/**
 * What a person reads of Slack's escaped text: links as `label (address)`, mentions as they are, the three escaped
 * characters back. Source: https://docs.slack.dev/messaging/formatting-message-text
 */
export function fromMrkdwn(text: string): string {
  return text
    .replace(LINK, (_match, address: string, label: string | undefined) => linkText(address, label))
    .replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity)
}

/** A link with both its address and its label, each bounded by a space or a bracket. */
export function linkText(address: string, label: string | null | undefined): string {
  return label && label !== address ? `${label} (${address})` : address
}
