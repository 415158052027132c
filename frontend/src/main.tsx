import "@fontsource-variable/sofia-sans-condensed";
import "@fontsource-variable/sofia-sans-extra-condensed";
import "@fontsource-variable/sofia-sans-semi-condensed";
import "./tokens.css";
import "./base.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { createRace } from "./live/race";
import { watchRace } from "./live/watchRace";
import { createPage } from "./ui/page";

const race = createRace();
watchRace({ sink: race.sink });
const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<App race={race} page={createPage()} />);
