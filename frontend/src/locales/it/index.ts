import charts from "./charts.json";
import common from "./common.json";
import control from "./control.json";
import driver from "./driver.json";
import events from "./events.json";
import header from "./header.json";
import keys from "./keys.json";
import layout from "./layout.json";
import leaderboard from "./leaderboard.json";
import map from "./map.json";
import notify from "./notify.json";
import radio from "./radio.json";
import room from "./room.json";
import schedule from "./schedule.json";
import sessions from "./sessions.json";
import settings from "./settings.json";
import standings from "./standings.json";
import time from "./time.json";
import timeline from "./timeline.json";
import weather from "./weather.json";

export const words = {
  charts,
  common,
  control,
  driver,
  events,
  header,
  keys,
  layout,
  leaderboard,
  map,
  notify,
  radio,
  room,
  schedule,
  sessions,
  settings,
  standings,
  time,
  timeline,
  weather,
};
