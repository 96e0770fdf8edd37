/** The stage in a browser: the program and nothing else. It has no line to the hub but the media socket. */

import "./mirror.ts";

document.body.append(document.createElement("hl-mirror"));
