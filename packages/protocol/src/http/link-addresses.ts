// Both browsers and Node have it; the protocol's own types know neither.
declare const URL: {
  new (text: string): { readonly username: string; readonly password: string; readonly port: string };
  canParse(text: string): boolean;
};

/** `ws://HOST:PORT` or `wss://HOST:PORT` of an agent that the hub dials, with nothing else in it. */
export const isDialAddress = (text: string): boolean =>
  text.length <= 300 && /^wss?:\/\/[^/?#@\\\s]+\/?$/i.test(text) && URL.canParse(text);

/** An address of http or https to be polled, without a user name and a password, which would be shown with it. */
export function isPullAddress(text: string): boolean {
  if (text.length > 2_000 || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, port } = new URL(text);
  return username === "" && password === "" && port !== "0";
}
