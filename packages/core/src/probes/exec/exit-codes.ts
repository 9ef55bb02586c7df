const LIST = /^\d{1,3}(?:[ ,]+\d{1,3})*$/;
const CODE_MAX = 255;

const codesOf = (text: string): readonly number[] => (LIST.test(text) ? text.split(/[ ,]+/).map(Number) : []);

/** Whether a text lists exit codes, or is the word `none`. */
export const isExitCodes = (text: string): boolean =>
  text === "none" || (LIST.test(text) && codesOf(text).every((code) => code <= CODE_MAX));

/** Whether a list of exit codes, checked before, has this one. */
export const hasExitCode = (list: string, code: number): boolean => codesOf(list).includes(code);
