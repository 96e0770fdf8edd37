// Puts the phone page together. Everything is made here, once, and handed down.
import { Hub } from "../shared/hub.ts";
import type { AudienceAct } from "../wire.ts";
import { readBoot } from "./boot.ts";
import { loadLights } from "./lights/loading.ts";
import { Drafts } from "./outbox/drafts.ts";
import { Outbox } from "./outbox/outbox.ts";
import { Shelf } from "./outbox/shelf.ts";
import { Person } from "./person.ts";
import { WakeLock } from "./recording/wake_lock.ts";
import type { PageElement } from "./screens/element.ts";
import "./screens/phone.ts";
import "./screens/join.ts";
import "./screens/home.ts";
import "./screens/consent.ts";
import "./screens/capture.ts";
import "./screens/review.ts";
import "./screens/compose.ts";
import "./screens/own_piece.ts";
import "./screens/shared_piece.ts";
import "./screens/you.ts";
import "./air/door.ts";

// A hall full of phones: one ping-pong in three seconds is what it takes to light up together.
const hub = new Hub<AudienceAct>({ namespace: "/audience", pingEveryS: 3 });
const wakeLock = new WakeLock();
const person = new Person();
const shelf = await Shelf.open();
const outbox = new Outbox(hub, shelf, wakeLock);
const drafts = new Drafts(shelf);

const phone = document.createElement("houselights-phone") as PageElement;
const boot = readBoot();
const services = { boot, hub, shelf, outbox, drafts, person, wakeLock };
phone.services = services;
hub.watch(() => {
  if (hub.line === "connected") void loadLights(services);
});
document.body.append(phone);
if (person.hasJoined || boot.isBack) hub.start();
await outbox.start();
await drafts.start();
