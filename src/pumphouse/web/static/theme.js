// Light, dark or as the system has it: kept in this browser, set before anything is painted.
(() => {
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;
  const kept = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const apply = (choice) => {
    root.classList.remove(...CHOICES.map((name) => `theme-${name}`));
    root.classList.add(`theme-${choice}`);
    window.dispatchEvent(new CustomEvent("themechange", { detail: choice }));
  };
  let choice = CHOICES.includes(kept()) ? kept() : "auto";
  apply(choice);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const name = () => {
      button.setAttribute("aria-label", button.dataset[choice]);
      button.title = button.dataset[choice];
    };
    name();
    button.hidden = false;
    button.addEventListener("click", () => {
      choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      try { localStorage.setItem("theme", choice); } catch { /* private browsing */ }
      apply(choice);
      name();
    });
  });
})();
