/** The service worker only says that the hub is away; it keeps no answer of the API. Plain HTTP has no workers. */
export function registerOfflineShell(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Trusted types allow no string as a worker's address without a policy; this one lets a single address through.
  const policy = trustedTypesFactory()?.createPolicy("muster-worker", {
    createScriptURL(address: string) {
      if (address !== "/service-worker.js") throw new TypeError("only the offline shell is registered");
      return address;
    },
  });
  const address = policy?.createScriptURL("/service-worker.js") ?? "/service-worker.js";
  navigator.serviceWorker.register(address as string).catch(() => undefined);
}

interface TrustedTypesFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): unknown };
}

const trustedTypesFactory = (): TrustedTypesFactory | undefined =>
  (globalThis as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
