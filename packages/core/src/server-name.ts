/** Names of servers: what is safe in a file name, a URL, a chart legend and a Telegram message alike. */
const SERVER_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,62}[\p{L}\p{N}])?$/u;
export const isServerName = (text: string): boolean => SERVER_NAME.test(text);
export const SERVER_NAME_RULE =
  "1 to 64 letters, digits, spaces, dots, dashes or underscores, beginning and ending with a letter or digit";

/** Tags of servers, such as `web` or `env:production`. */
export const SERVER_TAG = /^[\p{L}\p{N}][\p{L}\p{N}:._-]{0,31}$/u;
export const SERVER_TAG_RULE = "must be 1 to 32 letters, digits, : . _ or -";
/** A server has at most so many tags. */
export const SERVER_TAGS_MAX = 32;
