/** The same as the hub's rule; it decides. */
export const PASSWORD_CHARACTERS_MIN = 12;
