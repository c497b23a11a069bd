"use strict";
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: false,
  filter: true,
  syntaxHighlight: { activated: false },
  tryItOutEnabled: false,
  validatorUrl: null,
});
