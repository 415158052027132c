import "@fontsource-variable/sofia-sans-condensed";
import "@fontsource-variable/sofia-sans-extra-condensed";
import "@fontsource-variable/sofia-sans-semi-condensed";
import "./tokens.css";
import "./base.css";
import "./i18n/i18n";
import { watchForUpdates } from "./app/pwa";
import { start } from "./app/start";
import { connect } from "./live/connect";
import { createRace } from "./live/race";
import { followAddress } from "./sessions/follow";
import { createPage } from "./ui/page";

const race = createRace();
const control = connect(race);
const page = createPage();
followAddress(control, page);
void start(race, page, control);
watchForUpdates();
