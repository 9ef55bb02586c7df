/** The paths below which an agent may answer: as entered, with `/api` or without it, and the other way round. */
export function bases(entered: string): readonly string[] {
  return entered.endsWith("/api") ? [entered, entered.slice(0, -"/api".length)] : [entered, `${entered}/api`];
}
