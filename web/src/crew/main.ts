// The crew's page: this browser's camera, microphone or sound desk as a source of the show. No queue, no invitation.
import { Hub } from "../shared/hub.ts";
import type { CrewAct } from "../wire.ts";
import { Camera } from "./camera.ts";

const hub = new Hub<CrewAct>({ namespace: "/crew", pingEveryS: 5 });
const camera = new Camera();
camera.hub = hub;
document.body.append(camera);
hub.start();
