import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { words as english } from "../locales/en";
import type { Language } from "./languages";

type Words = typeof english;

/** Words of the other languages, each a file of its own that is fetched when it is chosen. */
const OTHERS: Record<
  Exclude<Language, "en">,
  () => Promise<{ words: Record<keyof Words, object> }>
> = {
  de: () => import("../locales/de"),
  es: () => import("../locales/es"),
  fr: () => import("../locales/fr"),
  it: () => import("../locales/it"),
  ja: () => import("../locales/ja"),
  nl: () => import("../locales/nl"),
  pt: () => import("../locales/pt"),
};

void i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  defaultNS: "common",
  resources: { en: english },
  initAsync: false,
  interpolation: { escapeValue: false },
});

/** Speak a language from now on; what it lacks is said in English. */
export async function speak(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "common")) {
    const { words } = await OTHERS[language]();
    for (const [namespace, bundle] of Object.entries(words))
      i18next.addResourceBundle(language, namespace, bundle);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
