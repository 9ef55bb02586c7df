/** Tries again when the line is down, gives up soon, and says nothing unless it fails: a job must not hang on its watcher. */
const CURL = "curl -fsS -m 10 --retry 3 -X POST";

/** Lines for a shell that call a passive probe. The address is one of our own making, without anything a shell reads. */
export function pingLines(pingUrl: string, job: string): { readonly call: string; readonly cron: string } {
  const quiet = "-o /dev/null";
  return {
    call: `${CURL} ${pingUrl}`,
    cron: `0 3 * * * ${CURL} ${quiet} ${pingUrl}/start; ${job}; ${CURL} ${quiet} ${pingUrl}/$?`,
  };
}
