/* Takes the notifier's offline worker away: put this file in its place and leave it there for some weeks. */
"use strict";
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  await caches.delete("notifier");
  await registration.unregister();
})()));
