// What the server told about this visit: language, time zone, person.
export const told = window.entrepot.told;

export function rememberView(language, theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `entrepot_view=${language}.${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
}

export const isPhone = () => matchMedia("(max-width: 720px)").matches;
