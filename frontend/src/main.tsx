import "@fontsource-variable/sofia-sans-condensed";
import "@fontsource-variable/sofia-sans-extra-condensed";
import "@fontsource-variable/sofia-sans-semi-condensed";
import "./tokens.css";
import "./base.css";
import "./i18n/i18n";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { connect } from "./live/connect";
import { createRace } from "./live/race";
import { createPage } from "./ui/page";

const race = createRace();
const control = connect(race);
control.playback.open(undefined);
void control.sessions.refresh();
const root = document.getElementById("root");
if (root !== null)
  createRoot(root).render(<App race={race} page={createPage()} control={control} />);
