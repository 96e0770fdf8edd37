/** The page of host and moderator: opens the line to the hub, lays the desk, shows the console. */

import { Hub } from "../shared/hub.ts";
import type { HostAct } from "../wire.ts";
import "./console.ts";
import { Desk } from "./desk.ts";

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}") as { role?: string };

const hub = new Hub<HostAct>({ namespace: "/host", pingEveryS: 5 });
const console = Object.assign(document.createElement("hl-console"), { desk: new Desk(hub, boot.role !== "moderator") });
document.body.append(console);
hub.start();
