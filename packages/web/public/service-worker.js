// Keeps one page for when the hub cannot be reached, and nothing else: readings are never shown from a cache.
const CACHE = "muster-offline-1";
const PAGE = "/offline.html";
const KEPT = [PAGE, "/offline.css", "/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(KEPT))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
    return;
  }
  const path = new URL(request.url).pathname;
  if (KEPT.includes(path)) event.respondWith(fetch(request).catch(() => caches.match(path)));
});
