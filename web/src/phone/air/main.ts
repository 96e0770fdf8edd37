// What a phone loads to go live (`air.js`): the element that `loading.ts` puts into the page.
import "./screen.ts";
