import { speak } from "../i18n/i18n";
import { pickLanguage } from "../i18n/languages";
import type { Page } from "../ui/page";
import { type Choices, choices } from "./choices";
import { themeOf } from "./theme";

/**
 * Let the document and the page follow the viewer's choices, now and whenever they change.
 *
 * Answers when the page speaks the chosen language, so that nothing is drawn in another one first.
 */
export async function followChoices(page: Page): Promise<void> {
  const follow = (chosen: Choices): void => {
    page.setState({ theme: themeOf(chosen.theme) });
    Object.assign(document.documentElement.dataset, look(chosen));
  };
  follow(choices.getState());
  choices.subscribe((chosen, before) => {
    follow(chosen);
    if (chosen.language !== before.language) void speakChosen();
  });
  const light = matchMedia("(prefers-color-scheme: light)");
  light.addEventListener("change", () => follow(choices.getState()));
  await speakChosen();
}

/** What the style sheets select by, beside the theme. */
function look({ palette, motion, textSize }: Choices): Record<string, string> {
  return { palette, motion, textSize };
}

async function speakChosen(): Promise<void> {
  const { language } = choices.getState();
  try {
    await speak(language === "auto" ? pickLanguage(navigator.languages) : language);
  } catch {
    // Its words did not come over the network: the page goes on in the language that it speaks.
  }
}
