// Keeps "4 min ago" true while a page is open.
(() => {
  const STEPS = [["d", 86400], ["h", 3600], ["min", 60]];
  const words = () => document.documentElement.dataset;
  const length = (seconds) => {
    for (const [unit, size] of STEPS) if (seconds >= size) return `${Math.round(seconds / size)} ${unit}`;
    return `${Math.round(seconds)} s`;
  };
  const tick = () => {
    const now = Date.now() / 1000;
    for (const time of document.querySelectorAll("time[datetime]:not([data-plain])")) {
      const past = now - Date.parse(time.dateTime) / 1000;
      let text = words().justNow;
      if (past < -30) text = words().ahead.replace("%", length(-past));
      else if (past >= 60) text = words().ago.replace("%", length(past));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(tick, 10000);
  document.addEventListener("visibilitychange", tick);
})();
