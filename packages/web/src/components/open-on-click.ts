import type { MouseEvent } from "react";

/**
 * What makes a whole row open what it shows, but for the parts of it that do something of their own. By keyboard the link
 * in the row does the same, and j, k and Enter, so that the row itself is no button.
 */
export const openOnClick = (open: () => void) => ({
  onClick({ target }: MouseEvent): void {
    if (target instanceof Element && !target.closest("a, button, input, label")) open();
  },
});
