// htmx, and the extension that lets only elements with the page's nonce act (both of one pinned version).
import htmx from "htmx.org";
import "htmx.org/dist/ext/hx-csp.js";

window.htmx = htmx;
