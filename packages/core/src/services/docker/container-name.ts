/** The grammar that the engine itself has for names; nothing in it means anything in a URL or to a shell. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
const ID = /^[a-f0-9]{64}$/;

export const isContainerName = (text: string): boolean => NAME.test(text);
/** A whole id, as the engine gives it: a shortened one may mean another container tomorrow. */
export const isContainerId = (text: string): boolean => ID.test(text);
