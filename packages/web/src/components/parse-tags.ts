/** Tags as people type them: separated by spaces or commas, each once. */
export const parseTags = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((tag) => tag !== ""))];
