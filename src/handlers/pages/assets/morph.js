// Turns what is shown into what should be, and touches nothing that is the same: focus, selection, scroll and opened
// details stay with whoever reads.

/**
 * @param {Element} shown
 * @param {Element} wanted an element of another document
 */
export function morph(shown, wanted) {
  for (const { name, value } of wanted.attributes) {
    if (shown.getAttribute(name) !== value && !isReaders(shown, name)) shown.setAttribute(name, value)
  }
  for (const { name } of [...shown.attributes]) {
    if (!wanted.hasAttribute(name) && !isReaders(shown, name)) shown.removeAttribute(name)
  }
  /** @type {ChildNode | null} */
  let next = shown.firstChild
  for (const child of [...wanted.childNodes]) {
    const match = matchOf(child, next, shown)
    if (match === null) {
      shown.insertBefore(document.importNode(child, true), next)
      continue
    }
    if (match !== next) shown.insertBefore(match, next)
    if (match instanceof Element && child instanceof Element) morph(match, child)
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue
    next = match.nextSibling
  }
  while (next) {
    const after = next.nextSibling
    next.remove()
    next = after
  }
}

/**
 * What stands for the wanted child already: the one of the same id wherever it is, else what comes next if it is of the
 * same kind and nobody else's.
 *
 * @param {ChildNode} wanted
 * @param {ChildNode | null} next
 * @param {Element} shown
 */
function matchOf(wanted, next, shown) {
  if (wanted instanceof Element && wanted.id !== '') {
    return [...shown.children].find(({ id, tagName }) => id === wanted.id && tagName === wanted.tagName) ?? null
  }
  if (next === null || next.nodeType !== wanted.nodeType) return null
  if (!(next instanceof Element) || !(wanted instanceof Element)) return next
  return next.tagName === wanted.tagName && next.id === '' ? next : null
}

/**
 * Whether it is for the reader to say: which details are open.
 *
 * @param {Element} shown
 * @param {string} name
 */
function isReaders(shown, name) {
  return shown instanceof HTMLDetailsElement && name === 'open'
}
