/** Selects what stands in an element, so that it can be copied by hand. */
export function selectAll(element: Element | null): void {
  if (element) getSelection()?.selectAllChildren(element);
}
