// A living page: the stream says that something is new, the server is asked how it looks now, and
// only what differs is put in place. So values are written in one place, on the server.
(() => {
  const QUIET_MS = 300; // the points of one answer make one refresh
  const OFTEN_MS = 60000; // so that old values are seen to be old when nothing comes any more
  const live = document.getElementById("live");
  const waiting = document.querySelector("[data-await]");
  if (!live && !waiting) return;
  let stream = null;
  let timer = 0;
  let asking = false;
  let outdated = false; // something came while the answer was on its way

  const parts = (root) =>
    new Map([...root.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));

  const put = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html").body;
    const before = parts(live);
    const after = parts(next);
    if (before.size !== after.size || [...after.keys()].some((key) => !before.has(key))) {
      live.replaceChildren(...next.childNodes); // something came or went
      return;
    }
    for (const [key, part] of after) {
      const old = before.get(key);
      if (old.outerHTML !== part.outerHTML) old.replaceWith(part);
    }
  };

  const refresh = async () => {
    if (document.hidden) return;
    outdated = asking;
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(live.dataset.refresh, { headers: { "HX-Request": "true" } });
      if (answer.status === 401) location.reload(); // logged out meanwhile: on to the login
      else if (answer.ok) put(await answer.text());
    } catch {
      // the house does not answer; the next try is not far
    } finally {
      asking = false;
      if (outdated) soon();
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(live ? refresh : () => location.reload(), QUIET_MS);
  };

  const concerns = (reading) =>
    !live?.dataset.device ||
    (reading.device === live.dataset.device && reading.source === live.dataset.source);

  // A page that nobody sees needs no stream: browsers open only a few to one host.
  const follow = () => {
    stream?.close();
    stream = null;
    if (document.hidden) return;
    stream = new EventSource("/api/stream");
    stream.addEventListener("latest", (event) => {
      if (JSON.parse(event.data).some(concerns)) soon();
    });
    if (live) stream.addEventListener("sources", soon);
  };

  follow();
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => stream?.close());
  if (live) setInterval(refresh, OFTEN_MS);
})();
