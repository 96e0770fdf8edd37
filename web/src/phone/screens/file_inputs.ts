// Pieces from the phone's own apps: its camera, its recorder, its library. Works on any page, encrypted or not.
import { html, nothing, type TemplateResult } from "lit";
import { type MediaKind, WORDS } from "../kinds.ts";
import { icon } from "./icons.ts";

const APPS: Readonly<Record<MediaKind, string>> = {
  photo: "Open the camera",
  sound: "Open the recorder",
  video: "Film with the camera",
};

/** Buttons (labels around hidden inputs) that hand the picked file to `picked`; `withApp` adds the phone's own camera. */
export function fileInputs(kind: MediaKind, withApp: boolean, picked: (file: File) => void): TemplateResult {
  const take = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // So that the same file can be picked again after "Record again".
    input.value = "";
    if (file) picked(file);
  };
  const { accept, capture } = WORDS[kind];
  return html`
    <div class="pick">
      ${
        withApp
          ? html`<label class="primary">
              ${icon(kind)}<span>${APPS[kind]}</span>
              <input class="unseen" type="file" accept=${accept} capture=${capture || "user"} @change=${take} />
            </label>`
          : nothing
      }
      <label class="secondary">
        ${icon(kind === "sound" ? kind : "library")}<span>Pick from this phone</span>
        <input class="unseen" type="file" accept=${accept} @change=${take} />
      </label>
    </div>
  `;
}
