// The theme, before the first paint: a classic script in <head>, so the page never flashes.
// The choice is `system`, `light` or `dark`; everyone who draws colours listens to "themechange".
(() => {
  const KEY = "foresight-theme";
  const CHOICES = ["system", "light", "dark"];
  const root = document.documentElement;

  function stored() {
    try {
      const value = localStorage.getItem(KEY);
      return CHOICES.includes(value) ? value : "system";
    } catch {
      return "system"; // storage is off: follow the system
    }
  }

  function apply(choice) {
    root.dataset.themeChoice = choice;
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
    document.dispatchEvent(new CustomEvent("themechange"));
  }

  function choose(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // storage is off: the choice holds for this page
    }
    apply(choice);
  }

  function label(button) {
    // Not a module: it runs before the first paint, and words.js would come later.
    const t = (text) => globalThis.django?.gettext?.(text) ?? text;
    const choices = { system: t("Theme: system"), light: t("Theme: light"), dark: t("Theme: dark") };
    const words = choices[root.dataset.themeChoice];
    button.setAttribute("aria-label", words);
    button.title = words;
  }

  apply(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(stored()));
  addEventListener("storage", (event) => {
    if (event.key === KEY) apply(stored());
  });
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      label(button);
      button.addEventListener("click", () => {
        choose(CHOICES[(CHOICES.indexOf(root.dataset.themeChoice) + 1) % CHOICES.length]);
        label(button);
      });
    }
  });
})();
