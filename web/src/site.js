// Pages of a published site: what needs no server.
import "./page.js";
