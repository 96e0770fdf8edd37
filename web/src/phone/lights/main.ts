// What a phone loads once it is in (`lights.js`): the lights over the whole screen, and the bar of reactions.
import "./screen.ts";
import "./reactions.ts";
