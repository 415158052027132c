/** What the bundle leaves on the window, with the options that this page uses; it ships no types. */
interface Window {
  SwaggerUIBundle(options: {
    dom_id: string;
    url: string;
    validatorUrl: null;
    deepLinking: boolean;
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    tryItOutEnabled: boolean;
    requestInterceptor: (request: object) => object;
  }): void;
}
