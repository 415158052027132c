/**
 * Chromium under LANG=C says that it speaks "en-US@posix", which Intl refuses, and uPlot asks Intl for it as it is loaded.
 * This must be imported before uPlot; it leaves every valid language as it is.
 */
export function makeLanguagePlain(navigator: Navigator): void {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    const value = navigator.language.split("@")[0];
    Object.defineProperty(navigator, "language", { value, configurable: true });
  }
}

makeLanguagePlain(navigator);
