import swaggerUi from "swagger-ui-dist/swagger-ui-bundle.js?url";
import "swagger-ui-dist/swagger-ui.css";
import "./docs.css";
import { fetchSome } from "./fetchSome";

/** As the race's page was left, which keeps it under this name; this one shares no code with it. */
function isDark(): boolean {
  try {
    const kept = JSON.parse(localStorage.getItem("racetime.page") ?? "{}") as { theme?: unknown };
    if (kept.theme === "dark" || kept.theme === "light") return kept.theme === "dark";
  } catch {
    // Storage may be refused, or hold something else; then the system's wish counts.
  }
  return !matchMedia("(prefers-color-scheme: light)").matches;
}

function show(): void {
  window.SwaggerUIBundle({
    dom_id: "#docs",
    url: "/api/openapi.json",
    validatorUrl: null, // else it asks another host
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    requestInterceptor: (request) => Object.assign(request, { userFetch: fetchSome }),
  });
}

document.documentElement.dataset.theme = isDark() ? "dark" : "light";
document.documentElement.classList.toggle("dark-mode", isDark()); // Swagger UI's own word

// As it is published, licences and all: a script of its own, not through the bundler.
const script = document.createElement("script");
script.src = swaggerUi;
script.addEventListener("load", show);
document.head.append(script);
