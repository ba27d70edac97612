// Runs before the first paint: language and theme of the page, from what the server told.
(() => {
  const told = JSON.parse(document.querySelector('meta[name="entrepot"]').content);
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.theme = told.theme === "auto" ? (dark.matches ? "dark" : "light") : told.theme;
    document.dispatchEvent(new CustomEvent("themechange"));
  };
  root.lang = told.locale;
  root.classList.toggle("login-page", location.pathname === "/login");
  dark.addEventListener("change", apply);
  apply();
  window.entrepot = { told, applyTheme: apply };
  // The big libraries of this page start to load now, not when their place is found.
  told.libraries.forEach((name) => import(name));
})();
